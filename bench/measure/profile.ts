import { profileImports } from "./profile-imports.ts";
import { profileReport } from "./profile-report.ts";
import { BARE_IDLE, BARE_START, type Environment } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

/** What a thing takes, by its name. */
export type Share = readonly [name: string, amount: number];

const MOST_ROWS = 25;

/** Where memory and start time go, as tables in Markdown. */
export async function profile(standIns: StandIns, runs: number): Promise<string> {
  const env: Environment = { DOCKER_HOST: standIns.engine, COLLECTOR_URL: standIns.collector };
  const imports = await profileImports(runs);
  const { cpuMs, heapKb } = await profileReport(env, runs);
  return [
    `Each alone, loaded by a Node of its own, beyond \`node ${BARE_IDLE.join(" ")}\` and \`node ${BARE_START.join(" ")}\`:`,
    table(
      ["loaded", "RSS (MB)", "CPU (ms)"],
      imports.map((it) => [it.name, it.rssMb, it.cpuMs]),
    ),
    "CPU of `report` by where it was spent; to be observed takes time, too:",
    table(["where", "ms"], cpuMs.slice(0, MOST_ROWS)),
    "Memory on the heap at the end of `report` by who asked for it:",
    table(["where", "kB"], heapKb.slice(0, MOST_ROWS)),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly [string, ...number[]])[]): string {
  const lines = rows.map(([name, ...numbers]) => [name, ...numbers.map((it) => it.toFixed(1))]);
  const rule = head.map((_, i) => (i === 0 ? "---" : "--:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
