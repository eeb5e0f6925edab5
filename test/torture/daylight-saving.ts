import { tryClock } from "./clock.ts";
import { DAY } from "./clock-cases.ts";
import type { Row } from "./row.ts";

/** Some in which the clock is changed by an hour, at night or at midnight, and one with half an hour. */
const CHANGES: readonly [zone: string, night: string, what: string][] = [
  ["Europe/Rome", "2026-03-29", "02:00 becomes 03:00"],
  ["Europe/Rome", "2026-10-25", "03:00 becomes 02:00"],
  ["America/New_York", "2026-03-08", "02:00 becomes 03:00"],
  ["America/New_York", "2026-11-01", "02:00 becomes 01:00"],
  ["America/Sao_Paulo", "2018-11-04", "00:00 becomes 01:00"],
  ["America/Sao_Paulo", "2018-02-18", "00:00 becomes 23:00 of the day before"],
  ["Australia/Lord_Howe", "2026-10-04", "02:00 becomes 02:30"],
  ["Australia/Lord_Howe", "2026-04-05", "02:00 becomes 01:30"],
];
const FIRST_SLOT = 23 * 60;

/** Slots from 23:00 to 04:00 over each of these nights; the time zone of the process is changed meanwhile. */
export async function tryDaylightSaving(everyMinutes: number): Promise<Row> {
  const wrong: string[] = [];
  const before = process.env.TZ;
  let times = 0;
  for (const [zone, night, what] of CHANGES) {
    process.env.TZ = zone;
    const start = new Date(Date.parse(`${night}T12:00:00Z`) - 3 * DAY);
    for (let minute = FIRST_SLOT; minute <= FIRST_SLOT + 5 * 60; minute += everyMinutes, times++) {
      const slot = `${minute % 60} ${Math.floor(minute / 60) % 24} * * *`;
      const broken = await tryClock([["wait", DAY]], start, slot);
      wrong.push(...broken.map((it) => `${zone}, ${what}, slot ${slot}: ${it}`));
    }
  }
  // An undefined one would become the text "undefined".
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
  return { part: "clock", what: "slots in nights in which summer time begins or ends", times, wrong };
}
