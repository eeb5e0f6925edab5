import { openState } from "../../src/state/database.ts";
import { HOUR } from "./clock-cases.ts";
import { createDoom } from "./crash.ts";
import { run, SCENARIOS, type Scenario } from "./crash-scenarios.ts";
import type { Row } from "./row.ts";
import { createWorld, type Receipt, type World } from "./world.ts";

const NOON = new Date("2026-03-10T12:00:00Z");
/** Only there may a report arrive twice: the collector had it, and nobody had stored that. */
const BETWEEN = ["after post", "before settle"];

export interface CrashPoints {
  readonly points: number;
  /** How many reports the collector received twice, which is allowed only where nobody could know of the first time. */
  readonly twice: number;
  readonly wrong: readonly string[];
}

/**
 * Ends a scenario at each of its points in turn, does it again and lets the daemon run for three hours: it must come out
 * right each time.
 */
export async function tryCrashPoints(scenario: Scenario, everyFile: boolean): Promise<CrashPoints> {
  const wrong: string[] = [];
  let twice = 0;
  let point = 1;
  for (; ; point++) {
    const world = createWorld({ start: NOON });
    try {
      const { where, problems, duplicates } = await live(world, scenario, point, everyFile);
      wrong.push(...problems.map((it) => `${where ?? "without a crash"}: ${it}`));
      twice += duplicates;
      if (where === undefined) break;
    } catch (error) {
      wrong.push(`point ${point}: ${(error as Error).message}`);
      break;
    } finally {
      await world.close();
    }
  }
  return { points: point - 1, twice, wrong };
}

/** All scenarios, in one row. */
export async function tryAllCrashPoints(): Promise<Row> {
  const results: (CrashPoints & { readonly name: string })[] = [];
  for (const it of SCENARIOS) results.push({ name: it.name, ...(await tryCrashPoints(it, true)) });
  const sum = (value: (it: CrashPoints) => number) => results.reduce((total, it) => total + value(it), 0);
  return {
    part: "crash points",
    what: `${SCENARIOS.length} scenarios, each ended before and after every write and request`,
    times: sum((it) => it.points),
    seen: `received twice: ${sum((it) => it.twice)}, ended between the answer and storing it`,
    wrong: results.flatMap(({ name, wrong }) => wrong.map((it) => `${name}: ${it}`)),
  };
}

async function live(world: World, scenario: Scenario, point: number, everyFile: boolean) {
  const { before, act, expected, orElse } = scenario;
  await before?.(world);
  const doom = createDoom(world, point, everyFile);
  await act(world, doom.signal, doom.edge).catch((error) => {
    if (doom.where() === undefined) throw error;
  });
  const where = doom.where();
  if (where !== undefined) await act(world);
  await run(3 * HOUR)(world);

  const settled = world.collector.received.filter((it) => it.answer !== "unavailable");
  const reports = firstOfEach(settled);
  const categories = reports.map((it) => it.category).join(", ");
  const duplicates = settled.length - reports.length;
  const problems: string[] = [];
  if (![expected, orElse].some((it) => it?.join(", ") === categories))
    problems.push(`the collector has ${categories || "nothing"}`);
  if (duplicates > (BETWEEN.includes(where ?? "") ? 1 : 0)) problems.push(`${duplicates} received twice`);
  problems.push(...leftovers(world));
  return { where, problems, duplicates };
}

function firstOfEach(receipts: readonly Receipt[]): Receipt[] {
  return [...new Map(receipts.map((it) => [it.body, it])).values()];
}

/** What is in the state that should not be. */
function leftovers({ stateDir }: World): string[] {
  const state = openState(stateDir);
  try {
    const waiting = state.queue().map((it) => `a ${it.category} still waits`);
    const [last] = state.reports(new Date(0)).filter((it) => /Install|Upgrade/.test(it.category));
    const baseline = state.baseline()?.["OpenWISP Version"];
    const reported = last && /"OpenWISP Version","name":"([^"]*)"/.exec(last.body)?.[1];
    if (reported && reported !== baseline)
      waiting.push(`the baseline is ${baseline}, but ${reported} was reported`);
    return waiting;
  } finally {
    state.close();
  }
}
