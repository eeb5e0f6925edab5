import { accessSync, constants, type Stats, statSync } from "node:fs";
import type { Config } from "./config.ts";
import type { Consent } from "./consent.ts";
import type { ContainerSummary } from "./docker/container-facts.ts";
import type { Engine } from "./docker/engine.ts";
import { EngineError } from "./docker/engine-error.ts";
import { isNamedOpenwisp, isRunning } from "./installation/siblings.ts";
import { DamageError, readState, StateError } from "./state/database.ts";
import { type FolderProblem, folderProblem } from "./state/state-folder.ts";
import type { Colour, Paint } from "./terminal.ts";

export interface Check {
  readonly name: string;
  readonly outcome: "ok" | "refused" | "problem" | "skipped";
  readonly detail: string;
  /** What to do, possibly several lines of compose. */
  readonly hint?: string;
}

/** What the sidecar may and may not reach. `--json` prints it as it is. */
export interface Diagnosis {
  readonly checks: readonly Check[];
  /** Whether the main job can be done: containers can be read and the state can be stored. */
  readonly able: boolean;
}

export interface DoctorParts {
  readonly engine: Engine;
  readonly config: Config;
  readonly consent: Consent;
  /** Why the collector does not answer; undefined when it does. */
  readonly reach: () => Promise<string | undefined>;
  readonly now: () => Date;
  /** Who the process is. */
  readonly user: { readonly uid: number; readonly gids: readonly number[] };
}

/** The rights that help, and what each gives. */
const GIVES: Readonly<Record<string, string>> = {
  containers: "what is running; without it nothing can be done",
  images: "release tags of other names of an image",
  info: "distribution, kernel and platform of the host",
  volumes: "whether OpenWISP was there before the sidecar",
  events: "upgrades as they happen, not minutes later",
  archive: "exact versions instead of the usual ones",
};

/** Everything that is asked of the engine, as a regular expression. */
export const PATHS =
  "(containers/(json|[0-9a-f]+/(json|archive))|images/[^/]+/json|info|version|events|volumes|networks)";

/** For docker compose, in which a dollar sign is written twice. */
const PROXY_LINES = `services:
  docker-proxy:
    image: haproxy:lts-alpine
    user: root
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    configs: [{ source: docker-proxy, target: /usr/local/etc/haproxy/haproxy.cfg }]
  metrics: # and without the volume of the socket
    environment: { DOCKER_HOST: "tcp://docker-proxy:2375" }
configs:
  docker-proxy:
    content: |
      defaults
        mode http
        timeout connect 5s
        timeout client 1h
        timeout server 1h
      frontend sidecar
        bind :2375
        http-request deny unless METH_GET
        http-request deny unless { path -m reg ^(/v[0-9.]+)?/${PATHS}$$ }
        default_backend engine
      backend engine
        server engine /var/run/docker.sock`;

const LISTEN_MS = 500;
/** How many containers are asked for until one answers. */
const MAX_TRIED = 5;

/** Tries everything the sidecar may need, by GET and HEAD only, and stores nothing. */
export async function diagnose(parts: DoctorParts): Promise<Diagnosis> {
  const rights = await checkRights(parts.engine);
  const state = checkState(parts.config.stateDir);
  const checks = [
    ...rights,
    state,
    await checkClock(parts),
    await checkCollector(parts),
    checkProxy(parts.config),
    ...checkSocket(parts, rights),
  ];
  const containers = rights.find((it) => it.name === "containers");
  return { checks, able: containers?.outcome === "ok" && state.outcome === "ok" };
}

const COLOURS: Readonly<Record<Check["outcome"], Colour>> = {
  ok: "green",
  refused: "yellow",
  problem: "red",
  skipped: "gray",
};

export function formatDiagnosis({ checks, able }: Diagnosis, paint: Paint): string {
  const lines = checks.flatMap(({ name, outcome, detail, hint }) => [
    `${paint(COLOURS[outcome], outcome.padEnd(9))}${name.padEnd(12)}${detail}`,
    ...(hint ? hint.split("\n").map((it) => `${" ".repeat(21)}${it}`) : []),
  ]);
  const verdict = able ? "the main job can be done" : "the main job can NOT be done";
  return [...lines, "", paint("bold", verdict)].join("\n");
}

async function checkRights(engine: Engine): Promise<Check[]> {
  let container: ContainerSummary | undefined;
  const containers = await tryRight("containers", async () => {
    container = await inspectableContainer(engine);
  });
  const on = (name: string, ask: (container: ContainerSummary) => Promise<unknown>) =>
    container
      ? tryRight(name, () => ask(container as ContainerSummary))
      : { name, outcome: "skipped" as const, detail: "there is no container to try it on" };
  return [
    containers,
    await on("images", ({ imageId }) => engine.inspectImage(imageId)),
    await tryRight("info", () => engine.info()),
    await tryRight("volumes", () => engine.volumeDates("com.docker.compose.project=none")),
    await tryRight("events", () => listenBriefly(engine)),
    await on("archive", ({ id }) => engine.readFile(id, "/etc/hostname")),
  ];
}

/** OpenWISP's before any other. @throws what the engine says to the last one, when none can be inspected */
async function inspectableContainer(engine: Engine): Promise<ContainerSummary | undefined> {
  const running = (await engine.listContainers()).filter(isRunning);
  const candidates = running.toSorted((a, b) => Number(isNamedOpenwisp(b)) - Number(isNamedOpenwisp(a)));
  let failure: unknown;
  for (const it of candidates.slice(0, MAX_TRIED)) {
    try {
      if (await engine.inspectContainer(it.id)) return it;
    } catch (error) {
      failure = error;
    }
  }
  if (failure) throw failure;
  return undefined;
}

async function tryRight(name: string, ask: () => Promise<unknown>): Promise<Check> {
  try {
    await ask();
    return { name, outcome: "ok", detail: `gives ${GIVES[name]}` };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return missing(name, error);
  }
}

function missing(name: string, { code, message, hint }: EngineError): Check {
  if (code === "REFUSED") return { name, outcome: "refused", detail: `would give ${GIVES[name]}` };
  return { name, outcome: "problem", detail: message, hint };
}

/** Opens the stream of events, and closes it when no refusal has come. */
async function listenBriefly(engine: Engine): Promise<void> {
  for await (const _ of engine.containerChanges(AbortSignal.timeout(LISTEN_MS))) return;
}

/** The local socket: whether it may be used, and what it means that it may. */
function checkSocket({ config, user }: DoctorParts, rights: readonly Check[]): Check[] {
  if (!("socketPath" in config.engine)) return [];
  const path = config.engine.socketPath;
  const name = "socket";
  const found = lookAt(path);
  if (found === "missing")
    return [
      {
        name,
        outcome: "problem",
        detail: `there is no ${path}`,
        hint: metricsLines(`volumes: ["/var/run/docker.sock:${path}:ro"]`),
      },
    ];
  const we = `we are uid ${user.uid}, gids ${user.gids.join(" ")}`;
  if (found === "hidden")
    return [
      {
        name,
        outcome: "problem",
        detail: `its folder may not be entered: ${we}`,
        hint: metricsLines('user: "0"'),
      },
    ];
  const { uid, gid, mode } = found;
  const who = `${we}; the socket is uid ${uid}, gid ${gid}, mode ${(mode & 0o777).toString(8)}`;
  if (!mayAccess(path, constants.R_OK | constants.W_OK)) {
    const groupMay = (mode & 0o060) === 0o060;
    const help = groupMay ? `group_add: ["${gid}"]` : `user: "${uid}"`;
    return [{ name, outcome: "problem", detail: `it may not be used: ${who}`, hint: metricsLines(help) }];
  }
  if (!rights.every((it) => it.outcome === "ok")) return [{ name, outcome: "ok", detail: who }];
  return [
    {
      name,
      outcome: "ok",
      detail: "not filtered: it gives full rights over the host",
      hint: `the sidecar only reads; a filtering proxy makes sure of it:\n${PROXY_LINES}`,
    },
  ];
}

function lookAt(path: string): Stats | "missing" | "hidden" {
  try {
    return statSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "hidden" : "missing";
  }
}

function metricsLines(line: string): string {
  return `services:\n  metrics:\n    ${line}`;
}

function checkState(directory: string): Check {
  const name = "state";
  const problem = folderProblem(directory) ?? unreadable(directory);
  if (!problem) return { name, outcome: "ok", detail: `${directory} can be written` };
  const { message, hint } = problem;
  // It is set aside by whoever writes next, and a new one begun.
  if (problem instanceof DamageError)
    return { name, outcome: "ok", detail: `${directory} can be written`, hint: `${message}: ${hint}` };
  return { name, outcome: "problem", detail: `${message}: nothing is sent while nothing is stored`, hint };
}

function unreadable(directory: string): FolderProblem | undefined {
  try {
    readState(directory)?.close();
    return undefined;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return error;
  }
}

async function checkClock({ engine, now }: DoctorParts): Promise<Check> {
  const host = await engine.info().then(
    (it) => it.systemTime,
    () => undefined,
  );
  const offset = host ? Math.round((now().getTime() - host.getTime()) / 1000) : 0;
  if (Math.abs(offset) > 60)
    return {
      name: "clock",
      outcome: "problem",
      detail: `it differs from that of the engine's host by ${offset} s`,
      hint: "set the clock, best by NTP",
    };
  return {
    name: "clock",
    outcome: "ok",
    detail: host ? "as that of the engine's host" : "nothing to compare with",
  };
}

async function checkCollector({ consent, reach }: DoctorParts): Promise<Check> {
  const name = "collector";
  if (!consent.given)
    return { name, outcome: "skipped", detail: `not asked, as usage metrics are off: ${consent.because}` };
  const reason = await reach();
  if (reason === undefined) return { name, outcome: "ok", detail: "it answers" };
  return {
    name,
    outcome: "problem",
    detail: `no answer: ${reason}`,
    hint: "nothing is broken: reports are kept until it answers. Is the way out blocked, or a proxy needed?",
  };
}

/** Without the proxy's address, which may hold a password. */
function checkProxy({ collector }: Config): Check {
  const isHttps = collector.url.startsWith("https:");
  const variable = isHttps ? "HTTPS_PROXY" : "HTTP_PROXY";
  const used = collector.proxy[variable];
  const isUsed = collector.proxy.NO_PROXY
    ? `${variable} is set, with the exceptions of NO_PROXY`
    : `${variable} is used for the collector`;
  return { name: "proxy", outcome: "ok", detail: used ? isUsed : "none is set" };
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
