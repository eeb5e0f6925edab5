import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Environment, environment } from "./program.ts";

/** Bash's clock counts what the process and its children took of the processors, with the kernel's part. */
const SCRIPT = 'TIMEFORMAT="cpu %U %S"; time "$@" 2>&1';

/**
 * Runs Node to its end and gives its CPU time in milliseconds. The whole of it counts, from exec to exit.
 *
 * @throws when it fails
 */
export async function cpuMsOf(args: readonly string[], env: Environment = {}): Promise<number> {
  const child = spawn("bash", ["-c", SCRIPT, "bash", process.execPath, ...args], {
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [said, timed] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    timed += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}: ${said}`);
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(timed) ?? [];
  return Math.round((Number(user) + Number(system)) * 1000);
}
