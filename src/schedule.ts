import { Cron } from "croner";

/** A Heartbeat never follows another within this time, whatever clock and schedule say. */
const MIN_HEARTBEAT_DISTANCE_MS = 20 * 60 * 60 * 1000;

/** The daily slot, in local time (TZ). */
export interface Schedule {
  readonly expression: string;
  next(after: Date): Date;
  /** The last slot that has come; undefined when there has been none in this century. */
  last(until: Date): Date | undefined;
}

export interface SentSoFar {
  /** When the last report of any kind was observed. */
  readonly lastReportAt: Date | undefined;
  readonly lastHeartbeatAt: Date | undefined;
}

/** @param expression a cron expression of 5 or 6 fields, already checked */
export function createSchedule(expression: string): Schedule {
  const cron = new Cron(expression, { mode: "5-or-6-parts", paused: true });
  return {
    expression,
    next: (after) => cron.nextRun(after) ?? new Date(8.64e15),
    // croner looks for runs before an instant: the second that has begun counts.
    last: (until) => cron.previousRuns(1, new Date(Math.floor(until.getTime() / 1000 + 1) * 1000))[0],
  };
}

/** A minute of the day, so that the installations of the world do not report all at once. */
export function drawDailySlot(random: () => number): string {
  const minute = Math.floor(random() * 24 * 60);
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`;
}

/**
 * Whether the slot of the day has come and nothing was reported since: a restart, or an engine that was away at
 * the time, neither repeats nor skips a day.
 */
export function isHeartbeatDue(
  schedule: Schedule,
  now: Date,
  { lastReportAt, lastHeartbeatAt }: SentSoFar,
): boolean {
  const slot = schedule.last(now);
  if (!slot || !lastReportAt || lastReportAt >= slot) return false;
  return !lastHeartbeatAt || now.getTime() - lastHeartbeatAt.getTime() >= MIN_HEARTBEAT_DISTANCE_MS;
}
