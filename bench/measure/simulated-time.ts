import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { USUAL } from "./crowd.ts";
import { type Figure, spreadOf } from "./figure.ts";
import { environment, inNewFolder } from "./program.ts";
import type { StandIns } from "./stand-ins.ts";

/** All of it since the start. */
export interface DayRecord {
  readonly day: number;
  readonly cpuMs: number;
  readonly wakeUps: number;
  /** After garbage was collected. */
  readonly heapMb: number;
  readonly stateKb: number;
}

export interface SimulatedTime {
  readonly records: readonly DayRecord[];
  /** Wake-ups in the busiest minute. */
  readonly inBusiestMinute: number;
}

const PROCESS = fileURLToPath(new URL("./simulated-time-process.ts", import.meta.url));
/** By then all is loaded and compiled, and the caches are full. */
const WARM_DAYS = 10;

export async function simulate(
  standIns: Pick<StandIns, "engine" | "collector">,
  days: number,
  everyDays: number,
): Promise<SimulatedTime> {
  return inNewFolder(async (stateDir) => {
    const env = { DOCKER_HOST: standIns.engine, COLLECTOR_URL: standIns.collector, STATE_DIR: stateDir };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [PROCESS, String(days), String(everyDays)],
      {
        env: environment(env),
        maxBuffer: 2 ** 28,
      },
    );
    return JSON.parse(stdout) as SimulatedTime;
  });
}

/** The daemon through `days` of nothing but heartbeats, as fast as it goes. */
export async function measureSimulatedTime(standIns: StandIns, days: number): Promise<Figure[]> {
  await standIns.install("25.10.4", USUAL);
  const { records, inBusiestMinute } = await simulate(standIns, days, WARM_DAYS);
  const warm = records.filter((it) => it.day >= WARM_DAYS);
  const perDay = (of: (record: DayRecord) => number) =>
    spreadOf(warm.slice(1).map((it, i) => (of(it) - of(warm[i] ?? it)) / WARM_DAYS));
  // By its middle also what V8 keeps for a while has settled.
  const [middle, last] = [warm[warm.length >> 1], warm.at(-1)];
  const span = middle && last ? last.day - middle.day : 0;
  const growth = (of: (record: DayRecord) => number) =>
    spreadOf([middle && last ? of(last) - of(middle) : 0]);
  return [
    {
      what: "CPU of a day without events",
      unit: "s",
      ours: perDay((it) => it.cpuMs / 1000),
      target: { of: "ours", most: 1 },
    },
    { what: "wake-ups of a day without events", unit: "count", ours: perDay((it) => it.wakeUps) },
    {
      what: "wake-ups in the busiest minute of it",
      unit: "count",
      ours: spreadOf([inBusiestMinute]),
    },
    {
      what: `growth of the heap in the last ${span} days`,
      unit: "MB",
      ours: growth((it) => it.heapMb),
      target: { of: "ours", most: 1 },
    },
    { what: `growth of the state in the last ${span} days`, unit: "kB", ours: growth((it) => it.stateKb) },
  ];
}
