import type { World } from "./world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365 * DAY;

/** What happens to a clock: time goes by, somebody sets it, the host sleeps. */
export type Step =
  | readonly ["wait", ms: number]
  | readonly ["set by", ms: number]
  | readonly ["suspend", ms: number];

export interface ClockCase {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** 8 hours after the second heartbeat. */
const AFTER_A_HEARTBEAT: Step = ["wait", 2 * DAY + 30 * MINUTE];

const cases: readonly [name: string, ...steps: Step[]][] = [
  ["nothing", AFTER_A_HEARTBEAT],
  ["set back by 6 hours while containers settle", ["wait", MINUTE / 2], ["set by", -6 * HOUR]],
  ["set back by a year while containers settle", ["wait", MINUTE / 2], ["set by", -YEAR]],
  ["set back by an hour", AFTER_A_HEARTBEAT, ["set by", -HOUR]],
  ["set back by a day", AFTER_A_HEARTBEAT, ["set by", -DAY]],
  ["set back by a day, day after day", ...repeat(5, ["wait", DAY], ["set by", -DAY])],
  [
    "set back by 23 hours, hour after hour",
    AFTER_A_HEARTBEAT,
    ...repeat(50, ["wait", HOUR], ["set by", -23 * HOUR]),
  ],
  ["set back by a year", AFTER_A_HEARTBEAT, ["set by", -YEAR]],
  ["set to 1970", AFTER_A_HEARTBEAT, ["set by", -56 * YEAR]],
  ["set forward by an hour", AFTER_A_HEARTBEAT, ["set by", HOUR]],
  ["set forward by a day", AFTER_A_HEARTBEAT, ["set by", DAY]],
  ["set forward by a year", AFTER_A_HEARTBEAT, ["set by", YEAR]],
  [
    "set forward by a day and back again",
    AFTER_A_HEARTBEAT,
    ["set by", DAY],
    ["wait", HOUR],
    ["set by", -DAY],
  ],
  [
    "set forward by a year and back again",
    AFTER_A_HEARTBEAT,
    ["set by", YEAR],
    ["wait", 3 * DAY],
    ["set by", -YEAR],
  ],
  [
    "set to 1970 and back again",
    AFTER_A_HEARTBEAT,
    ["set by", -56 * YEAR],
    ["wait", HOUR],
    ["set by", 56 * YEAR],
  ],
  ["set forward by an hour, hour after hour", ...repeat(60, ["wait", HOUR], ["set by", HOUR])],
  ["the host sleeps for 3 hours", AFTER_A_HEARTBEAT, ["suspend", 3 * HOUR]],
  ["the host sleeps over a slot", AFTER_A_HEARTBEAT, ["suspend", 20 * HOUR]],
  ["the host sleeps for 3 days", AFTER_A_HEARTBEAT, ["suspend", 3 * DAY]],
  ["the host sleeps every night", ...repeat(6, ["wait", 10 * HOUR], ["suspend", 14 * HOUR])],
  [
    "the host sleeps for a day, and its clock is set on waking",
    AFTER_A_HEARTBEAT,
    ["suspend", DAY],
    ["set by", -2 * HOUR],
  ],
];

export const CLOCK_CASES: readonly ClockCase[] = cases.map(([name, ...steps]) => ({ name, steps }));

function repeat(times: number, ...steps: readonly Step[]): Step[] {
  return Array.from({ length: times }, () => steps).flat();
}

/** Lets it happen, and then four days more. Gives the times, by the true clock, in which the host slept. */
export async function live({ clock }: World, steps: readonly Step[]): Promise<Sleep[]> {
  const sleeps: Sleep[] = [];
  const happen: Record<Step[0], (ms: number) => unknown> = {
    wait: (ms) => clock.advance(ms),
    "set by": (ms) => clock.setBy(ms),
    suspend: (ms) => {
      sleeps.push([clock.trueMs(), clock.trueMs() + ms]);
      clock.suspend(ms);
    },
  };
  for (const [what, ms] of [...steps, ["wait", 4 * DAY] as const]) await happen[what](ms);
  return sleeps;
}

export type Sleep = readonly [from: number, to: number];
