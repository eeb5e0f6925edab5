import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cpuMsOf } from "./cpu-time.ts";
import type { Share } from "./profile.ts";
import { type Environment, inNewFolder, PROGRAM } from "./program.ts";

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

interface HeapNode {
  readonly callFrame: Frame;
  /** Bytes. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

/** Bytes between two samples. */
const HEAP_INTERVAL = 16 * 1024;

/** `report` under V8's profilers: CPU and heap by file of the bundle or module of Node, per run, most first. */
export function profileReport(env: Environment, runs: number): Promise<{ cpuMs: Share[]; heapKb: Share[] }> {
  return inNewFolder(async (folder) => {
    for (let run = 0; run < runs; run++)
      for (const flags of [
        ["--cpu-prof", `--cpu-prof-dir=${folder}/cpu`],
        ["--heap-prof", `--heap-prof-interval=${HEAP_INTERVAL}`, `--heap-prof-dir=${folder}/heap`],
      ])
        await inNewFolder((stateDir) =>
          cpuMsOf([...flags, PROGRAM, "report"], { ...env, STATE_DIR: stateDir }),
        );
    const cpu = read<CpuProfile>(`${folder}/cpu`).flatMap((it) => [...cpuTimes(it)]);
    const heap = read<{ head: HeapNode }>(`${folder}/heap`).flatMap(({ head }) => [...heapSizes(head)]);
    return { cpuMs: sharesOf(cpu, runs), heapKb: sharesOf(heap, runs) };
  });
}

function read<T>(folder: string): T[] {
  return readdirSync(folder).map((it) => JSON.parse(readFileSync(join(folder, it), "utf8")) as T);
}

function* cpuTimes({ nodes, samples, timeDeltas }: CpuProfile): Iterable<[Frame, number]> {
  const frames = new Map(nodes.map((it) => [it.id, it.callFrame]));
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame && frame.functionName !== "(idle)") yield [frame, (timeDeltas[i] ?? 0) / 1000];
  }
}

function* heapSizes({ callFrame, selfSize, children }: HeapNode): Iterable<[Frame, number]> {
  yield [callFrame, selfSize / 1000];
  for (const child of children) yield* heapSizes(child);
}

function sharesOf(amounts: readonly [Frame, number][], runs: number): Share[] {
  const sums = new Map<string, number>();
  for (const [frame, amount] of amounts)
    sums.set(placeOf(frame), (sums.get(placeOf(frame)) ?? 0) + amount / runs);
  return [...sums].toSorted(([, a], [, b]) => b - a);
}

function placeOf({ functionName, url }: Frame): string {
  if (url.startsWith("node:")) return url;
  return url.split("/dist/").at(-1) || functionName;
}
