import { hostname } from "node:os";
import type { Readable, Writable } from "node:stream";
import { type App, createApp } from "./app.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { loadConfig } from "./config.ts";
import { createPostProcess } from "./delivery/post-process.ts";
import { createLog } from "./log.ts";
import { saveMemory } from "./memory.ts";
import type { Command } from "./self-process.ts";
import { createTokenProcess } from "./web/token-process.ts";

/** What a process has that the program runs in. */
export interface ProcessEdge {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly pid: number;
  readonly user: {
    readonly uid: number;
    readonly gids: readonly number[];
    readonly rootBecause: string | undefined;
  };
  /** Undefined where there is no such file, or it may not be read. */
  readonly readText: (path: string) => string | undefined;
  /** How this very program is started, less the arguments. */
  readonly command: Command;
  /** Starts the program that `rest.ts` is in the place of this process; returns where Node has no execve. */
  readonly rest: (host: string, port: number, signal: AbortSignal) => Promise<void>;
}

/**
 * The app as it runs in a process: configured by the environment, with the real clock, and its log on one of the
 * streams. Standard output is the daemon's: it is there all day, so it saves memory, and has other processes do what
 * takes much of it.
 *
 * @throws ConfigError
 */
export function createProgram(edge: ProcessEdge, destination: "stdout" | "stderr"): App {
  const { version, pid, user, readText, command } = edge;
  const tidyUp = destination === "stdout" ? saveMemory() : undefined;
  const config = loadConfig(edge.env);
  return createApp(config, {
    version,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    log: createLog({ ...config.log, destination: edge[destination], now: () => SYSTEM_CLOCK.now() }),
    pid,
    user,
    surroundings: { hostname: hostname(), readText },
    ...(tidyUp && {
      tidyUp,
      post: createPostProcess([...command, "post-one-report"]),
      drawToken: createTokenProcess([...command, "draw-token"]),
      rest: edge.rest,
    }),
  });
}
