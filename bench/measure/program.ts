import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PROGRAM = join(ROOT, "dist/openwisp-metrics.js");

/** The least that Node does: start and end. */
export const BARE_START = ["-e", "0"];
/** The least that keeps a process. */
export const BARE_IDLE = ["-e", "setInterval(()=>{},1e9)"];

export type Environment = Readonly<Record<string, string | undefined>>;

/** A Node process that stays until it is stopped. */
export interface Running {
  readonly pid: number;
  /** What it said so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** @throws when it has ended by itself, or said nothing of `sign` in time */
export async function startNode(
  args: readonly string[],
  env: Environment = {},
  sign?: RegExp,
): Promise<Running> {
  const child = spawn(process.execPath, args, { env: environment(env), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const running = { pid: child.pid ?? 0, output: () => output, stop: () => stop(child) };
  await until(sign ? `${sign} in its output` : "the process", () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
    return sign === undefined || sign.test(output);
  });
  return running;
}

/** What `use` makes of a new empty folder. */
export async function inNewFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "openwisp-metrics-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await delay(20);
  }
}

/** Nothing of ours but PATH. */
export function environment(env: Environment): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, ...env };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
