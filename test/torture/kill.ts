import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Judgement, judge } from "./kill-judge.ts";
import { liveAndDie } from "./kill-life.ts";
import { count, type Row } from "./row.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface KillOptions {
  readonly lives: number;
  readonly killsPerLife: number;
  readonly seed: number;
  /** How many lives at the same time. */
  readonly atOnce: number;
}

/** Kills the built program again and again, at random moments, in some lives of an installation. */
export async function tryKills({ lives, killsPerLife, seed, atOnce }: KillOptions): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "kill-program-"));
  const results: Judgement[] = [];
  try {
    const program = await buildIn(folder);
    const seeds = Array.from({ length: lives }, (_, i) => seed + i);
    const work = async () => {
      for (let next = seeds.shift(); next !== undefined; next = seeds.shift())
        results.push(judge(await liveAndDie({ program, seed: next, kills: killsPerLife })));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const sum = (value: (it: Judgement) => number) => results.reduce((total, it) => total + value(it), 0);
  const seen = [
    `${count(sum((it) => it.upgrades))} upgrades and ${count(sum((it) => it.optOuts))} opt-outs`,
    `received twice: ${sum((it) => it.twice.killed)} killed with the answer in flight, ${sum((it) => it.twice.cut)} cut by the collector`,
  ];
  return {
    part: "kill -9",
    what: `processes killed, in ${lives} lives of an installation (seed ${seed})`,
    times: sum((it) => it.kills),
    seen: seen.join("; "),
    wrong: results.flatMap((it) => it.wrong),
  };
}

/** Builds the program in a folder of its own: another test may be building it in the usual one. */
async function buildIn(folder: string): Promise<string> {
  for (const name of await readdir(ROOT))
    if (name !== "dist") await symlink(join(ROOT, name), join(folder, name));
  await promisify(execFile)("npm", ["run", "build"], { cwd: folder });
  return join(folder, "dist", "openwisp-metrics.js");
}
