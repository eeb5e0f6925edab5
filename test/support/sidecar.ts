import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** The real program in a process of its own, with nothing of our environment but PATH, and no page. */
export interface Sidecar {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends SIGTERM and gives the exit code (a signal's name when it died of one). */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface SidecarOptions {
  readonly env: Record<string, string>;
  /** The program: the sources unless told otherwise. */
  readonly program?: string;
  readonly onLine?: (line: string) => void;
}

export function startSidecar(args: string[], { env, program = MAIN, onLine }: SidecarOptions): Sidecar {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH ?? "", SYSTEM_INFO_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const collected = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      collected[name] += text;
      if (onLine) for (const line of text.split("\n").filter(Boolean)) onLine(line);
    });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    process: child,
    stdout: () => collected.stdout,
    stderr: () => collected.stderr,
    ended,
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs one command to its end. */
export async function runSidecar(args: string[], options: SidecarOptions) {
  const sidecar = startSidecar(args, options);
  const code = await sidecar.ended;
  return { code, stdout: sidecar.stdout(), stderr: sidecar.stderr() };
}

/** Waits until `condition` holds; @throws after `timeoutMs`, saying for what it waited. */
export async function until(what: string, condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}
