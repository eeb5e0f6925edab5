import { cpuMsOf } from "./cpu-time.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { inNewFolder, PROGRAM } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

export const SIZES = [10, 100, 1_000, 10_000];

/** How the CPU time of a look grows with the containers of the engine: `report` on installations of four sizes. */
export async function measureScale(standIns: StandIns, runs: number): Promise<Figure[]> {
  const cpu = new Map(SIZES.map((it): [number, number[]] => [it, []]));
  for (let run = 0; run < runs; run++)
    for (const [size, values] of cpu) {
      await standIns.install("25.10.4", size);
      const env = { DOCKER_HOST: standIns.engine, COLLECTOR_URL: standIns.collector };
      values.push(
        await inNewFolder((stateDir) => cpuMsOf([PROGRAM, "report"], { ...env, STATE_DIR: stateDir })),
      );
    }
  // Neighbours in time, so that a busy moment of the machine is in all of a row.
  const rows = Array.from({ length: runs }, (_, run) =>
    [...cpu].map(([x, values]) => ({ x, y: values[run] ?? 0 })),
  );
  return [
    ...[...cpu].map(([size, values]) => ({
      what: `CPU of \`report\`, ${size.toLocaleString("en-US")} containers`,
      unit: "ms" as const,
      ours: spreadOf(values),
    })),
    {
      what: "CPU of a look, each further container",
      unit: "µs",
      ours: spreadOf(rows.map((it) => slope(it) * 1000)),
      target: { of: "ours", most: 50 },
    },
  ];
}

/** Of the line that lies nearest to the points. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, it) => sum + of(it), 0) / points.length;
  const [x, y] = [mean((it) => it.x), mean((it) => it.y)];
  return mean((it) => (it.x - x) * (it.y - y)) / mean((it) => (it.x - x) ** 2);
}
