import manifest from "../../package.json" with { type: "json" };
import { cpuMsOf } from "./cpu-time.ts";
import { spreadOf } from "./figure.ts";
import { memoryOf } from "./memory.ts";
import { BARE_IDLE, BARE_START, ROOT, startNode } from "./program.ts";

export interface ImportCost {
  readonly name: string;
  readonly rssMb: number;
  readonly cpuMs: number;
}

const BUILTINS = ["node:http", "node:https", "node:crypto", "node:sqlite", "node:child_process"];
const STAY = "setInterval(() => {}, 1e9)";

/** What each of our dependencies, and the costly ones among Node's own modules, take when they are loaded. */
export async function profileImports(runs: number): Promise<ImportCost[]> {
  const loads = [
    ...BUILTINS.map((it): [string, string] => [`${it} (import)`, `await import("${it}")`]),
    ...BUILTINS.map((it): [string, string] => [
      `${it} (getBuiltinModule)`,
      `process.getBuiltinModule("${it}")`,
    ]),
    ...Object.keys(manifest.dependencies).map((it): [string, string] => [
      it,
      `await import("${resolved(it)}")`,
    ]),
  ];
  const [bareRss, bareCpu] = [await rssOf(BARE_IDLE), await cpuOf(BARE_START, runs)];
  const costs: ImportCost[] = [];
  for (const [name, load] of loads)
    costs.push({
      name,
      rssMb: (await rssOf(module(`${load}; console.log("loaded"); ${STAY}`), /loaded/)) - bareRss,
      cpuMs: (await cpuOf(module(load), runs)) - bareCpu,
    });
  return costs.toSorted((a, b) => b.rssMb - a.rssMb);
}

function module(code: string): string[] {
  return ["--input-type=module", "-e", code];
}

/** Wherever the benchmark is started. */
function resolved(name: string): string {
  return import.meta.resolve(name, ROOT);
}

async function cpuOf(args: readonly string[], runs: number): Promise<number> {
  const values: number[] = [];
  for (let run = 0; run < runs; run++) values.push(await cpuMsOf(args));
  return spreadOf(values).median;
}

async function rssOf(args: readonly string[], sign?: RegExp): Promise<number> {
  const process = await startNode(args, {}, sign);
  try {
    await new Promise((done) => setTimeout(done, 300));
    return memoryOf(process.pid).rss;
  } finally {
    await process.stop();
  }
}
