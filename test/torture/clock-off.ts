import { openState } from "../../src/state/database.ts";
import { DAY, HOUR, MINUTE, YEAR } from "./clock-cases.ts";
import type { Row } from "./row.ts";
import { createWorld, type World } from "./world.ts";

const NOON = new Date("2026-03-10T12:00:00Z");
const CHANGES = [-56 * YEAR, -YEAR, -2 * DAY, 1 - DAY, -23 * HOUR, -HOUR, HOUR, DAY, YEAR];
/** A clock that was set back by up to a day cannot be told from one that was right. */
const LATEST_MS = 2 * DAY + 10 * MINUTE;

/** While the program is off it cannot see that the clock is set: then a heartbeat may be late, but not missing. */
export async function tryClocksSetWhileOff(): Promise<Row> {
  const wrong: string[] = [];
  for (const change of CHANGES)
    await within(async (world) => {
      const { clock, collector } = world;
      await world.start();
      await clock.advance(2 * DAY + 30 * MINUTE);
      await world.stop();
      clock.setBy(change);
      const startedAt = clock.trueMs();
      await world.start();
      await clock.advance(4 * DAY);
      const next = collector.received.find((it) => it.trueMs > startedAt);
      if (!next || next.trueMs - startedAt > LATEST_MS)
        wrong.push(`set by ${change / HOUR} h: no heartbeat in two days`);
    });
  return { part: "clock", what: "clock set while the program was off", times: CHANGES.length, wrong };
}

/** A container that was killed while it sent, and another one of another name that goes on with its state. */
export async function tryClaimsOfAnotherTime(): Promise<Row> {
  const wrong: string[] = [];
  for (const change of CHANGES)
    await within(async (world) => {
      const { clock, stateDir } = world;
      const state = openState(stateDir, { me: { namespace: "pid:[1]", pid: 1, run: "" } });
      const body = JSON.stringify({ events: [{ category: "Install" }] });
      const report = { category: "Install", body, observedAt: clock.now() } as const;
      state.record(() => ({ report, baseline: { "OpenWISP Version": "25.10.3" } }));
      state.claim(1, clock.now(), new Date(clock.now().getTime() + 20_000));
      state.close();
      clock.setBy(change);
      await world.start();
      await clock.advance(MINUTE);
      const times = world.collector.received.filter((it) => it.body === body).length;
      if (times !== 1) wrong.push(`set by ${change / HOUR} h: what it sent was received ${times} times`);
    });
  return {
    part: "clock",
    what: "clock set after a container was killed in sending",
    times: CHANGES.length,
    wrong,
  };
}

async function within(use: (world: World) => Promise<void>): Promise<void> {
  const world = createWorld({ start: NOON });
  try {
    await use(world);
  } finally {
    await world.close();
  }
}
