import { spawn } from "node:child_process";

/** A program, and the arguments it is started with. */
export type Command = readonly [string, ...string[]];

interface Asking {
  readonly timeoutMs: number;
  /** For its standard input, which stays open: its end would tell the process that we are gone. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

const MAX_OUTPUT = 4_096;

/**
 * Runs this program once more for one thing, so that the memory which that takes is not kept.
 *
 * @returns what it printed; empty where it could not be started or was stopped
 */
export function askProcess(
  [program, ...args]: Command,
  { timeoutMs, input = "", signal }: Asking,
): Promise<string> {
  return new Promise((done) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "ignore"],
      signal,
      killSignal: "SIGKILL",
      timeout: timeoutMs,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < MAX_OUTPUT) output += text;
    });
    // One that could not be started, or was aborted.
    child.on("error", () => done(""));
    child.on("close", () => done(output));
    child.stdin.on("error", () => {});
    child.stdin.write(input);
  });
}
