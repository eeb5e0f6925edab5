import { Cron } from "croner";

/** A Heartbeat never follows another within this time, whatever clock and schedule say. */
const MIN_HEARTBEAT_DISTANCE_MS = 20 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The daily slot, in local time (TZ). */
export interface Schedule {
  readonly expression: string;
  next(after: Date): Date;
}

export interface SentSoFar {
  /** When the last report of any kind was observed. */
  readonly lastReportAt: Date | undefined;
  readonly lastHeartbeatAt: Date | undefined;
}

/** Later than any slot. */
export const NEVER = new Date(8.64e15);

/** @param expression a cron expression of 5 or 6 fields, already checked */
export function createSchedule(expression: string): Schedule {
  const cron = new Cron(expression, { mode: "5-or-6-parts", paused: true });
  return { expression, next: (after) => cron.nextRun(after) ?? NEVER };
}

/** A minute of the day, so that the installations of the world do not report all at once. */
export function drawDailySlot(random: () => number): string {
  const minute = Math.floor(random() * 24 * 60);
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`;
}

/**
 * From when on a Heartbeat is due: the first slot after the last report, whether or not somebody was there at the
 * time, so that a restart neither repeats nor skips a day. Never, as long as nothing was reported.
 */
export function heartbeatDueAt(schedule: Schedule, now: Date, sent: SentSoFar): Date {
  if (!sent.lastReportAt) return NEVER;
  const aDayAgo = new Date(now.getTime() - DAY_MS);
  // What is said to have been sent more than a day from now was sent by a clock that was wrong.
  const believed = (instant = aDayAgo) => (instant.getTime() - now.getTime() > DAY_MS ? aDayAgo : instant);
  const slot = schedule.next(believed(sent.lastReportAt));
  const earliest = believed(sent.lastHeartbeatAt).getTime() + MIN_HEARTBEAT_DISTANCE_MS;
  return slot.getTime() < earliest ? new Date(earliest) : slot;
}

/**
 * When to look although nothing changed: when the next Heartbeat becomes due, or, where it is due already and may not
 * be sent, at the next slot.
 */
export function nextLookAt(schedule: Schedule, now: Date, sent: SentSoFar): Date {
  const due = heartbeatDueAt(schedule, now, sent);
  return due > now && due < NEVER ? due : schedule.next(now);
}
