import { DAY, HOUR, MINUTE, type Sleep } from "./clock-cases.ts";
import type { World } from "./world.ts";

/** What the clock is set by less than this is not told from a clock that is merely slewed. */
const NOT_SEEN_MS = MINUTE;
/** Of two heartbeats, whatever schedule and clock say. */
const CLOSEST_MS = 20 * HOUR - NOT_SEEN_MS;
/** From one slot to the next; on the day on which summer time ends it is an hour more. */
const FURTHEST_MS = DAY + HOUR + NOT_SEEN_MS;
/** A clock that was set, and a host that woke, are noticed after this time. */
const NOTICED_MS = 10 * MINUTE;
const SETTLED_MS = MINUTE;

/**
 * What a daemon that ran all the time and whose collector answers owes us in true time, whatever is done to its clock:
 * never two heartbeats within 20 hours; and one at the latest 25 hours after the one before, and 10 minutes, of which the
 * time that the host sleeps does not count; give or take a minute.
 */
export function brokenPromises({ clock, collector }: World, sleeps: readonly Sleep[]): string[] {
  const wrong: string[] = [];
  const [install, ...others] = collector.received;
  if (install?.category !== "Install") return [`the first report is ${install?.category ?? "missing"}`];
  if (awake(SETTLED_MS, install.trueMs, sleeps) > NOTICED_MS)
    wrong.push(`the Install came after ${hours(install.trueMs)} h`);
  const strange = others.filter((it) => it.category !== "Heartbeat");
  if (strange.length > 0) wrong.push(`there were other reports: ${strange.map((it) => it.category)}`);
  const heartbeats = others.map((it) => it.trueMs);
  const ends = [install.trueMs, ...heartbeats, clock.trueMs()];
  for (const [i, to] of ends.slice(1).entries()) {
    const from = ends[i] ?? 0;
    // Neither the Install nor the end is a heartbeat.
    if (i > 0 && i < heartbeats.length && to - from < CLOSEST_MS)
      wrong.push(`two heartbeats within ${hours(to - from)} h`);
    if (awake(from + FURTHEST_MS, to, sleeps) > NOTICED_MS)
      wrong.push(`no heartbeat for ${hours(to - from)} h`);
  }
  return wrong;
}

/** How long the host was awake between two moments; 0 where the second is the earlier one. */
function awake(from: number, to: number, sleeps: readonly Sleep[]): number {
  if (to <= from) return 0;
  const overlaps = sleeps.map(([start, end]) => Math.max(Math.min(end, to) - Math.max(start, from), 0));
  return overlaps.reduce((left, it) => left - it, to - from);
}

function hours(ms: number): string {
  return (ms / HOUR).toFixed(1);
}
