import type { Collector } from "./collector.ts";
import type { Fleet, Sidecar } from "./sidecars.ts";
import { DAY_MS, END, isIn, MINUTE_MS, RELEASE, WEEK } from "./week.ts";

const DAYS = 7;
/** SETTLE_SECONDS, as it is unless it is set. */
const SETTLE_MS = MINUTE_MS;

/** What became of the reports of a fleet. */
export interface Outcome {
  upgrades: number;
  heartbeats: number;
  delivered: number;
  /** Reports that never arrived, and days of a sidecar without any report. */
  lost: number;
  /** Heartbeats of a sidecar beyond the first of a day. */
  duplicates: number;
  longestDelayMs: number;
}

/**
 * Lets a number of sidecars live through the week. None knows of another and the collector has no limit, so they do it
 * one after the other.
 */
export function simulate(
  sidecars: number,
  fleet: Fleet,
  collector: Collector,
  random: () => number,
): Outcome {
  const outcome = { upgrades: 0, heartbeats: 0, delivered: 0, lost: 0, duplicates: 0, longestDelayMs: 0 };
  for (let i = 0; i < sidecars; i++) {
    const upgradedAt = RELEASE.from + Math.floor(random() * (RELEASE.to - RELEASE.from));
    live(fleet(random), upgradedAt, collector, outcome);
  }
  return outcome;
}

function live(sidecar: Sidecar, upgradedAt: number, collector: Collector, outcome: Outcome): void {
  const before = new Date(sidecar.lastHeartbeatAt);
  let sent = { lastReportAt: before, lastHeartbeatAt: before };
  let heartbeatAt = sidecar.heartbeatAt(WEEK.from - 1, sent);
  let upgrade: "to come" | "settles" | "reported" = "to come";
  let upgradeAt = upgradedAt;
  const reported = new Set<number>();
  const heartbeatDays = new Set<number>();

  /** What waits, by the time of its observation, and when the first of it is tried next. */
  const waiting: number[] = [];
  let attemptAt = Number.POSITIVE_INFINITY;
  let failedAttempts = 0;
  let failedSince: number | undefined;

  function look(now: number): void {
    const today = Math.floor(now / DAY_MS);
    const at = new Date(now);
    if (upgrade === "settles") {
      upgrade = "reported";
      upgradeAt = Number.POSITIVE_INFINITY;
      sent = { ...sent, lastReportAt: at };
      outcome.upgrades++;
    } else {
      sent = { lastReportAt: at, lastHeartbeatAt: at };
      outcome.heartbeats++;
      if (heartbeatDays.has(today)) outcome.duplicates++;
      heartbeatDays.add(today);
    }
    reported.add(today);
    if (waiting.push(now) === 1) attemptAt = now;
    heartbeatAt = sidecar.heartbeatAt(now, sent);
    if (!isIn(WEEK, heartbeatAt)) heartbeatAt = Number.POSITIVE_INFINITY;
  }

  /** As the outbox does: the oldest first, until one cannot be delivered. */
  function deliver(now: number): void {
    for (let observedAt = waiting[0]; observedAt !== undefined; observedAt = waiting[0]) {
      const answer = collector.request(now);
      if (answer.kind === "unavailable") {
        const { retryAfterMs } = answer;
        failedAttempts++;
        failedSince ??= now;
        attemptAt = now + sidecar.pauseMs({ failedAttempts, silentForMs: now - failedSince, retryAfterMs });
        return;
      }
      waiting.shift();
      failedAttempts = 0;
      failedSince = undefined;
      outcome.delivered++;
      outcome.longestDelayMs = Math.max(outcome.longestDelayMs, now - observedAt);
    }
    attemptAt = Number.POSITIVE_INFINITY;
  }

  for (;;) {
    const now = Math.min(heartbeatAt, upgradeAt, attemptAt);
    if (now >= END) break;
    if (now === upgradeAt && upgrade === "to come") {
      upgrade = "settles";
      upgradeAt = now + SETTLE_MS;
      sidecar.restarted(now);
      heartbeatAt = sidecar.heartbeatAt(now, sent);
      continue;
    }
    if (now === attemptAt) deliver(now);
    else look(now);
  }
  outcome.lost += waiting.length + DAYS - reported.size;
}
