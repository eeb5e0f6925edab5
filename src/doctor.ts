import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "./config.ts";
import type { Consent } from "./consent.ts";
import type { Engine } from "./docker/engine.ts";
import { EngineError } from "./docker/engine-error.ts";

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
  archive: "exact versions from files, not from the table of releases",
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

export function formatDiagnosis({ checks, able }: Diagnosis): string {
  const lines = checks.flatMap(({ name, outcome, detail, hint }) => [
    `${outcome.padEnd(9)}${name.padEnd(12)}${detail}`,
    ...(hint ? hint.split("\n").map((it) => `${" ".repeat(21)}${it}`) : []),
  ]);
  return [...lines, "", able ? "the main job can be done" : "the main job can NOT be done"].join("\n");
}

async function checkRights(engine: Engine): Promise<Check[]> {
  const checks: Check[] = [];
  let [container, image]: (string | undefined)[] = [];
  const requests: readonly (readonly [name: string, ask: () => Promise<unknown>])[] = [
    [
      "containers",
      async () => {
        const [first] = await engine.listContainers();
        if (first) await engine.inspectContainer(first.id);
        [container, image] = [first?.id, first?.imageId];
      },
    ],
    ["images", async () => image && engine.inspectImage(image)],
    ["info", () => engine.info()],
    ["volumes", () => engine.volumeDates("com.docker.compose.project=none")],
    ["events", () => listenBriefly(engine)],
    ["archive", async () => container && engine.readFile(container, "/etc/hostname")],
  ];
  for (const [name, ask] of requests) {
    const error = await ask().then(
      () => undefined,
      (it: EngineError) => it,
    );
    if (error && !(error instanceof EngineError)) throw error;
    checks.push(error ? missing(name, error) : { name, outcome: "ok", detail: `gives ${GIVES[name]}` });
  }
  return checks;
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
  if (!existsSync(path))
    return [
      {
        name: "socket",
        outcome: "problem",
        detail: `there is no ${path}`,
        hint: `services:\n  metrics:\n    volumes: ["/var/run/docker.sock:${path}:ro"]`,
      },
    ];
  const { uid, gid, mode } = statSync(path);
  const who = `we are uid ${user.uid}, gids ${user.gids.join(" ")}; the socket is uid ${uid}, gid ${gid}, mode ${(mode & 0o777).toString(8)}`;
  if (!mayAccess(path, constants.R_OK | constants.W_OK))
    return [
      {
        name: "socket",
        outcome: "problem",
        detail: `it may not be used: ${who}`,
        hint: `services:\n  metrics:\n    group_add: ["${gid}"]`,
      },
    ];
  const isRaw = rights.every((it) => it.outcome === "ok");
  if (!isRaw) return [{ name: "socket", outcome: "ok", detail: who }];
  return [
    {
      name: "socket",
      outcome: "ok",
      detail: "nothing is filtered: who has this socket has full rights over the host",
      hint: `the sidecar only reads; a filtering proxy makes sure of it:\n${PROXY_LINES}`,
    },
  ];
}

function checkState(directory: string): Check {
  const place = [directory, dirname(directory)].find((it) => existsSync(it)) ?? directory;
  if (existsSync(place) && statSync(place).isDirectory() && mayAccess(place, constants.W_OK))
    return { name: "state", outcome: "ok", detail: `${directory} can be written` };
  return {
    name: "state",
    outcome: "problem",
    detail: `${directory} cannot be written: nothing is sent while nothing can be stored`,
    hint: `services:\n  metrics:\n    volumes: ["metrics_data:${directory}"]\nvolumes:\n  metrics_data: {}`,
  };
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
  return {
    name: "proxy",
    outcome: "ok",
    detail: used ? `${variable} is used for the collector` : "none is set",
  };
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
