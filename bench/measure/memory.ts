import { readdirSync, readFileSync } from "node:fs";

/** What a process holds of the machine's memory, in MB. */
export interface Memory {
  /** Resident, shared pages included: what `docker stats` and `ps` come near to. */
  readonly rss: number;
  /** Shared pages counted in part, by the number of those that share them. */
  readonly pss: number;
}

export function memoryOf(pid: number): Memory {
  return {
    rss: kbIn(`/proc/${pid}/status`, "VmRSS") / 1024,
    pss: kbIn(`/proc/${pid}/smaps_rollup`, "Pss") / 1024,
  };
}

/** How often a process gave up a processor by itself so far: each time it had woken up for something. */
export function wakeUpsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads
    .map((it) => kbIn(`/proc/${pid}/task/${it}/status`, "voluntary_ctxt_switches"))
    .reduce((a, b) => a + b, 0);
}

function kbIn(path: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8"));
  if (!found) throw new Error(`${path} has no ${name}`);
  return Number(found[1]);
}
