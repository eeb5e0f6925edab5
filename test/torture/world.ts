import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp, type Edge } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import type { Answer } from "../../src/delivery/collector.ts";
import { localTime } from "../../src/local-time.ts";
import { eventsOf } from "../support/fake-collector.ts";
import { type Miniature, type MiniatureOptions, miniature } from "../support/miniature.ts";
import { createQuickClock, type QuickClock } from "./quick-clock.ts";
import { createQuickEngine, type QuickEngine } from "./quick-engine.ts";

/** What the collector heard, and what it said to it. */
export interface Receipt {
  readonly body: string;
  readonly category: string;
  readonly answer: Answer["kind"];
  /** By the wall clock, and in true time. */
  readonly at: Date;
  readonly trueMs: number;
}

/** The program with an engine, a collector and a clock that are all functions in this process. */
export interface World {
  readonly clock: QuickClock;
  readonly engine: QuickEngine;
  readonly collector: { answer: () => Answer; readonly received: Receipt[] };
  readonly stateDir: string;
  /** The last lines of the log. */
  readonly lines: string[];
  /** What the program is made of here, to be wrapped in something worse. */
  readonly edge: Required<Pick<Edge, "engine" | "post">>;
  app(env?: Record<string, string>, edge?: Partial<Edge>): App;
  /** Starts the daemon; it is stopped before it is started again. */
  start(env?: Record<string, string>, edge?: Partial<Edge>): Promise<void>;
  stop(): Promise<void>;
  /** @throws what the daemon died of. */
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly start: Date;
  readonly env?: Record<string, string>;
  readonly installation?: Miniature;
  readonly random?: () => number;
}

const OK: Answer = { kind: "accepted", status: 204 };
const MAX_LINES = 500;

export function createWorld({ start, env: always = {}, installation, random }: WorldOptions): World {
  const clock = createQuickClock(start);
  const engine = createQuickEngine(installation ?? small("25.10.3"), start);
  const collector: World["collector"] = { answer: () => OK, received: [] };
  const stateDir = mkdtempSync(join(tmpdir(), "torture-"));
  const lines: string[] = [];
  const say = (level: string) => (message: string) => {
    lines.push(`${localTime(clock.now())} ${level} ${message}`);
    if (lines.length > MAX_LINES) lines.shift();
  };
  let running: { readonly stop: () => void; readonly ended: Promise<void> } | undefined;

  const parts: World["edge"] = {
    engine,
    post: async (body) => {
      const answer = collector.answer();
      const category = eventsOf(body)[0]?.category ?? "";
      const at = { at: clock.now(), trueMs: clock.trueMs() };
      collector.received.push({ body, category, answer: answer.kind, ...at });
      return answer;
    },
  };

  function app(env: Record<string, string> = {}, edge: Partial<Edge> = {}): App {
    const config = loadConfig({
      STATE_DIR: stateDir,
      HEARTBEAT_SCHEDULE: "30 4 * * *",
      SYSTEM_INFO_PORT: "0",
      ...always,
      ...env,
    });
    return createApp(config, {
      version: "0.0.0",
      clock,
      random: random ?? (() => 0.5),
      log: {
        debug: say("DEBUG"),
        info: say("INFO"),
        warn: say("WARN"),
        error: say("ERROR"),
        time: localTime,
      },
      pid: process.pid,
      user: { uid: 0, gids: [0] },
      surroundings: { hostname: "test", readText: () => undefined },
      ...parts,
      ...edge,
    });
  }

  async function stop(): Promise<void> {
    const it = running;
    running = undefined;
    it?.stop();
    await it?.ended;
  }

  return {
    clock,
    engine,
    collector,
    stateDir,
    lines,
    edge: parts,
    app,
    stop,
    async start(env, edge) {
      await stop();
      const controller = new AbortController();
      const ended = app(env, edge).run(controller.signal);
      ended.catch(() => {});
      running = { stop: () => controller.abort(), ended };
      await clock.settled();
    },
    async close() {
      try {
        await stop();
      } finally {
        rmSync(stateDir, { recursive: true, force: true });
      }
    },
  };
}

/** An installation of as few containers as can be. */
export function small(release: string, options: MiniatureOptions = {}): Miniature {
  return miniature(release, { services: ["dashboard", "celerybeat"], ...options });
}
