import { statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom } from "../../bench/fleet/random.ts";
import { openState } from "../../src/state/database.ts";
import type { State } from "../../src/state/state.ts";
import { STATE_FILE } from "../../src/state/state-folder.ts";
import { CONTENTS } from "../support/miniature.ts";
import { until } from "../support/sidecar.ts";
import { DAY, HOUR } from "./clock-cases.ts";
import { createDraw } from "./draw.ts";
import { count, type Row } from "./row.ts";
import { createSoakJournal } from "./soak-journal.ts";
import { type Action, drawPlan } from "./soak-plan.ts";
import { createWorld, small, type World } from "./world.ts";

const START = new Date("2026-01-01T12:00:00Z");
const NOTE_DAYS = 5;
/** Before that the engine of JavaScript still grows by itself. */
const WARM_DAYS = 100;
const MAX_GROWTH_BYTES = 2 * 2 ** 20;
/** Some 400 reports of 2.5 kB with what happened to them, and what SQLite keeps free. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** Lets the daemon live through `days` with all that happens to it, and compares what it has sent with the plan. */
export async function soak(days: number, seed: number): Promise<Row> {
  const draw = createDraw(createRandom(seed));
  const plan = drawPlan(days, draw);
  const world = createWorld({ start: START, random: draw.random });
  const { clock, collector } = world;
  const journal = createSoakJournal(world, START);
  const disk = { isFull: false };
  const act = actor(world, disk);
  const isOut = (at: number) => plan.outages.some(([from, to]) => at >= from && at < to);
  let requests = 0;
  collector.answer = () => {
    requests++;
    return isOut(clock.trueMs())
      ? { kind: "unavailable", reason: "HTTP 503", ...(draw.chance(0.2) && { retryAfterMs: HOUR }) }
      : { kind: "accepted", status: 204 };
  };
  const heaps: number[] = [];
  const actions = [...plan.actions];
  let fileBytes = 0;
  try {
    await act("start");
    for (let day = NOTE_DAYS; day <= days; day += NOTE_DAYS) {
      const end = day * DAY - 12 * HOUR;
      while (actions[0] && actions[0][0] <= end) {
        const [at, what] = actions.shift() ?? [0, "start"];
        await clock.advance(Math.max(at - clock.trueMs(), 0));
        await act(what);
      }
      await clock.advance(end - clock.trueMs());
      journal.note();
      heaps.push(heapBytes());
      fileBytes = Math.max(fileBytes, statSync(join(world.stateDir, STATE_FILE)).size);
    }
    const growth = memoryGrowth(heaps);
    const wrong = [...journal.compare(plan)];
    if (days >= WARM_DAYS && growth > MAX_GROWTH_BYTES) wrong.push(`the memory grew by ${megabytes(growth)}`);
    if (fileBytes > MAX_FILE_BYTES) wrong.push(`the state has ${megabytes(fileBytes)}`);
    const seen = [
      `${count(plan.actions.length)} events, ${count(plan.outages.length)} outages, ${count(requests)} requests`,
      `${count(journal.total())} reports as expected, of which ${journal.count("superseded")} superseded and ${journal.count("discarded")} discarded while the collector was away`,
      `memory ${growth > 0 ? "+" : ""}${megabytes(growth)}, state at most ${megabytes(fileBytes)}`,
    ].join("; ");
    return { part: "soak", what: `simulated days (seed ${seed})`, times: days, seen, wrong };
  } finally {
    await world.close();
  }
}

/** Does what the plan says, in the world. */
function actor(world: World, disk: { isFull: boolean }): (what: Action) => Promise<void> {
  const { engine, clock, lines } = world;
  const edge = { openState: (...args: Parameters<typeof openState>) => onDisk(openState(...args), disk) };
  let upgrades = 0;

  async function consent(given: boolean): Promise<void> {
    const said = () =>
      lines.filter((it) => it.includes(`usage metrics are ${given ? "on" : "off"}: opted`)).length;
    const before = said();
    await world.app().changeConsent(given, "command line", new AbortController().signal);
    // The file system tells the daemon, in real time.
    await until("the daemon to notice", () => said() > before);
    await clock.settled();
  }

  function upgrade(): void {
    const versions = { ...CONTENTS["25.10.4"]?.versions, "openwisp-controller": `1.3.${++upgrades}` };
    engine.install(small("25.10.4", { versions }), clock.now());
  }

  function allowEvents(allowed: boolean): void {
    engine.eventsForbidden = !allowed;
    engine.breakStreams();
  }

  const deeds: Record<Action, () => unknown> = {
    upgrade,
    "engine away": () => Object.assign(engine, { down: true }),
    "engine back": () => Object.assign(engine, { down: false }),
    "events forbidden": () => allowEvents(false),
    "events allowed": () => allowEvents(true),
    "stream breaks": engine.breakStreams,
    stop: world.stop,
    start: () => world.start({}, edge),
    "opt out": () => consent(false),
    "opt in": () => consent(true),
    "disk full": () => Object.assign(disk, { isFull: true }),
    "disk has room": () => Object.assign(disk, { isFull: false }),
  };
  return async (what) => {
    await clock.settled();
    await deeds[what]();
    await clock.settled();
  };
}

const WRITES = [
  "setSetting",
  "record",
  "decideConsent",
  "claim",
  "release",
  "settle",
  "postpone",
  "expire",
] as const;

/** A state whose writes fail while the disk is full. */
function onDisk(state: State, disk: { readonly isFull: boolean }): State {
  const writes = WRITES.map((name) => {
    const write = state[name] as (...args: unknown[]) => unknown;
    return [name, (...args: unknown[]) => (disk.isFull ? fail() : write(...args))];
  });
  return { ...state, ...Object.fromEntries(writes) };
}

function fail(): never {
  throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** From the second eighth of the time, when all is warm, to the last one. */
function memoryGrowth(heaps: readonly number[]): number {
  const part = Math.max(Math.floor(heaps.length / 8), 1);
  const mean = (some: readonly number[]) => some.reduce((sum, it) => sum + it, 0) / some.length;
  return mean(heaps.slice(-part)) - mean(heaps.slice(part, 2 * part));
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
