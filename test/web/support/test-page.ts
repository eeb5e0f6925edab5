import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../../../src/config.ts";
import { type PageParts, startPage } from "../../../src/web/listener.ts";
import type { PageModel } from "../../../src/web/page-model.ts";
import type { TokenStore } from "../../../src/web/page-url.ts";
import { drawWithHash } from "../../../src/web/token.ts";
import { createFakeClock, type FakeClock } from "../../support/fake-clock.ts";

export const NOW = new Date("2026-11-24T10:00:00Z");
export const BODY = '{"idsite":5,"events":[]}';

/** The page on a free port, with a clock in hand and a log to look into. */
export interface TestPage {
  readonly port: number;
  readonly clock: FakeClock;
  readonly log: string[];
  /** Of the link in the log. */
  readonly token: string;
  readonly consents: boolean[];
  ask(path: string, options?: Ask): Promise<Answer>;
  /** Signs in with the link of the log and gives the cookie. */
  signIn(): Promise<string>;
  /** Sends bytes as they are; gives all that comes until the other side closes. */
  raw(bytes: string): Promise<string>;
  connect(): Promise<Socket>;
  stop(): Promise<void>;
}

export interface Ask {
  readonly method?: string;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export async function startTestPage(
  parts: Partial<PageParts> = {},
  settings: Partial<Config["page"]> = {},
): Promise<TestPage> {
  const clock = createFakeClock(NOW, () => 0);
  const { log, logger } = recordLog();
  const consents: boolean[] = [];
  const stopper = new AbortController();
  const ended = startPage(
    {
      settings: { port: 0, host: "127.0.0.1", basePath: "", allowedHosts: [], ...settings },
      model: async () => modelOf(BODY),
      report: (id) => (id === 7 ? BODY : undefined),
      setConsent: async (given) => {
        consents.push(given);
        return `Usage metrics are ${given ? "on" : "off"}.`;
      },
      keys: storeToken(),
      draw: async () => drawWithHash(),
      healthy: () => ({ healthy: true, reason: "it runs" }),
      clock,
      log: logger,
      ...parts,
    },
    stopper.signal,
  );
  while (!log.some((it) => it.includes("page is at"))) await delay(5);
  const url = new URL(/http:\S+?(?=;|$)/.exec(log.join("\n"))?.[0] ?? "");
  const port = Number(url.port);
  const token = url.searchParams.get("token") ?? "";
  const basePath = settings.basePath ?? "";
  const connectTo = async () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  return {
    port,
    clock,
    log,
    token,
    consents,
    ask: (path, options) => ask(port, path, options),
    async signIn() {
      const { headers } = await ask(port, `${basePath}/?token=${token}`);
      return String(headers["set-cookie"]).split(";", 1)[0] ?? "";
    },
    connect: connectTo,
    async raw(bytes) {
      const socket = await connectTo();
      socket.write(bytes);
      return readAll(socket);
    },
    async stop() {
      stopper.abort();
      await ended;
    },
  };
}

export function modelOf(body: string): PageModel {
  return {
    now: NOW,
    version: "0.1.0",
    consent: { given: true, because: "nobody turned them off", fixed: false },
    installation: {
      kind: "seen",
      explanation: { values: [], enabledModules: "INSTALLED_APPS", heldBack: [], warnings: [], hold: null },
      preview: { body, held: undefined },
    },
    history: [],
    condition: {
      collector: undefined,
      nextHeartbeat: undefined,
      heartbeatSchedule: undefined,
      lastLook: undefined,
      engineProblem: undefined,
      stateProblem: undefined,
    },
  };
}

export function storeToken(): TokenStore {
  let hash: string | undefined;
  return {
    tokenHash: () => hash,
    setTokenHash(it) {
      hash = it;
    },
  };
}

export function recordLog() {
  const log: string[] = [];
  const say = (level: string) => (message: string) => void log.push(`${level} ${message}`);
  const logger = {
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    time: (instant: Date) => instant.toISOString(),
  };
  return { log, logger };
}

/** All that comes until the other side closes. */
export async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  await once(socket, "close");
  return text;
}

/** The hidden value that a form of the page brings along. */
export function csrfOf(html: string): string {
  const field = /<input[^>]*name="csrf"[^>]*>/.exec(html)?.[0] ?? "";
  return /value="([^"]+)"/.exec(field)?.[1] ?? "";
}

/** Sends a form of the page as a browser does; `headers` and `body` take the place of the right ones. */
export async function post(
  page: TestPage,
  path: string,
  { cookie, headers, body }: Ask = {},
): Promise<Answer> {
  const session = cookie ?? (await page.signIn());
  const { body: html } = await page.ask("/", { cookie: session });
  return page.ask(path, {
    method: "POST",
    cookie: session,
    headers: { Origin: originOf(page), ...headers },
    body: body ?? `csrf=${csrfOf(html)}`,
  });
}

export function originOf({ port }: TestPage): string {
  return `http://127.0.0.1:${port}`;
}

async function ask(port: number, path: string, options: Ask = {}): Promise<Answer> {
  const { method = "GET", cookie, headers, body } = options;
  const outgoing = request({
    port,
    path,
    method,
    host: "127.0.0.1",
    agent: false,
    headers: { ...(cookie && { cookie }), ...headers },
  });
  outgoing.end(body);
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
  return { status: incoming.statusCode, headers: incoming.headers, body: text };
}
