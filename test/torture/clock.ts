import fc from "fast-check";
import { CLOCK_CASES, DAY, HOUR, live, MINUTE, type Step, YEAR } from "./clock-cases.ts";
import { brokenPromises } from "./clock-promise.ts";
import type { Row } from "./row.ts";
import { createWorld, small } from "./world.ts";

const PART = "clock";
const NOON = new Date("2026-03-10T12:00:00Z");
const FIRST_SLOT = new Date("2026-03-11T04:30:00Z");

/** What was not as it must be in a life of the daemon in which this happens to its clock. */
export async function tryClock(steps: readonly Step[], start = NOON, slot = "30 4 * * *"): Promise<string[]> {
  const world = createWorld({ start, env: { HEARTBEAT_SCHEDULE: slot } });
  try {
    await world.start();
    return brokenPromises(world, await live(world, steps));
  } finally {
    await world.close();
  }
}

export async function tryNamedClocks(): Promise<Row> {
  const wrong: string[] = [];
  for (const { name, steps } of CLOCK_CASES)
    wrong.push(...(await tryClock(steps)).map((it) => `${name}: ${it}`));
  return { part: PART, what: "clock set, host suspended: by hand", times: CLOCK_CASES.length, wrong };
}

/** Slept through, it would be an old installation that is seen for the first time. */
const AFTER_THE_INSTALL: Step = ["wait", 2 * MINUTE];
/** A clock that nobody sets, for a fortnight with restarts of containers: one Heartbeat in the minute of each slot, and no other. */
export async function tryUntouchedClock(): Promise<Row> {
  const days = 14;
  const wrong: string[] = [];
  const world = createWorld({ start: NOON });
  try {
    await world.start();
    for (let hour = 0; hour < days * 24; hour += 6) {
      world.engine.install(small("25.10.3"), world.clock.now());
      await world.clock.advance(6 * HOUR);
    }
    const seen = world.collector.received.slice(1).map(({ at }) => at.toISOString().slice(0, 16));
    const slots = Array.from({ length: days }, (_, i) => new Date(FIRST_SLOT.getTime() + i * DAY));
    const missing = slots.map((it) => it.toISOString().slice(0, 16)).filter((it) => !seen.includes(it));
    if (missing.length > 0 || seen.length !== days) wrong.push(`missing ${missing}; there were ${seen}`);
  } finally {
    await world.close();
  }
  return { part: PART, what: "days on which nobody sets the clock", times: days, wrong };
}

const upTo = (max: number) => fc.integer({ min: MINUTE, max });
const eitherWay = (max: number) => fc.integer({ min: -max, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("wait" as const), upTo(2 * DAY)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("set by" as const), eitherWay(2 * HOUR)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("set by" as const), eitherWay(2 * DAY)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("set by" as const), eitherWay(2 * YEAR)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("suspend" as const), upTo(3 * DAY)) },
);

export async function tryRandomClocks(times: number, seed: number): Promise<Row> {
  const slot = fc.tuple(fc.nat(59), fc.nat(23)).map(([minute, hour]) => `${minute} ${hour} * * *`);
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), slot, async (steps, it) => {
    const wrong = await tryClock([AFTER_THE_INSTALL, ...steps], NOON, it);
    if (wrong.length > 0) throw new Error(wrong.join("; "));
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: times, seed });
  const why = (errorInstance as Error | undefined)?.message;
  const wrong = failed ? [`${why} after ${JSON.stringify(counterexample)} (seed ${seed})`] : [];
  return { part: PART, what: "clock set, host suspended: drawn at random", times, wrong };
}
