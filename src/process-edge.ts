import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { written } from "./process-end.ts";
import type { ProcessEdge } from "./program.ts";

/**
 * What the program has of the process it runs in.
 *
 * @param program the file of the program's main module
 */
export function createEdge(program: string, rootBecause?: string): ProcessEdge {
  const { env, pid, execPath, execArgv } = process;
  return {
    version: manifest.version,
    env,
    // Made when they are used.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    pid,
    user: { uid: process.getuid?.() ?? 0, gids: process.getgroups?.() ?? [], rootBecause },
    readText,
    command: [execPath, program],
    async rest(host, port, signal) {
      await written();
      if (signal.aborted) return;
      const file = join(dirname(program), program.endsWith(".ts") ? "rest.ts" : "parts/rest.cjs");
      process.execve?.(execPath, [execPath, ...execArgv, file, program, host, String(port)], env);
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
