import type { Logger } from "../log.ts";
import type { State, StoredReport } from "../state/state.ts";
import { LONGEST_PAUSE_MS, pauseMs } from "./backoff.ts";
import type { Answer, PostReport } from "./collector.ts";

export interface OutboxParts {
  readonly state: Pick<State, "queue" | "claim" | "release" | "settle" | "postpone" | "expire" | "collector">;
  readonly post: PostReport;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Logger;
}

export interface Delivery {
  readonly delivered: number;
  /** Reports that the collector refused for good. */
  readonly refused: number;
  /** Reports that still wait. */
  readonly waiting: number;
}

export interface Outbox {
  /**
   * Sends what waits, oldest first, each at most once; a report that cannot be delivered now keeps the later ones
   * waiting, so that the order is kept. With `regardless`, pauses are not waited for.
   */
  deliver(signal: AbortSignal, options?: { readonly regardless?: boolean }): Promise<Delivery>;
  /** When the next attempt is due; undefined when nothing waits. */
  nextAttemptAt(): Date | undefined;
}

/** Longer than an attempt can take. */
const CLAIM_MS = 20_000;
/** A report that is older is given up, but not before there were so many attempts: the clock may just have jumped. */
const KEEP_DAYS = 30;
const ENOUGH_ATTEMPTS = 10;
const DAY_MS = 24 * 60 * 60 * 1000;

export function createOutbox({ state, post, now, random, log }: OutboxParts): Outbox {
  let unavailable = false;

  function isTaken({ claimedUntil }: StoredReport): boolean {
    const remaining = (claimedUntil?.getTime() ?? 0) - now().getTime();
    return remaining > 0 && remaining <= CLAIM_MS;
  }

  function failed(report: StoredReport, { reason, retryAfterMs }: Unavailable): void {
    const at = now();
    const before = state.collector();
    const since = !before || before.answers ? at : before.since;
    // Whoever tries again at once, by a command, does not make the pauses grow.
    const isEarly = before !== undefined && pauseEnds(state, at) > at;
    const failedAttempts = (before?.failures ?? 0) + (isEarly ? 0 : 1);
    const silentForMs = at.getTime() - since.getTime();
    const pause = pauseMs({ failedAttempts, silentForMs, retryAfterMs }, random());
    const nextAttemptAt = new Date(at.getTime() + pause);
    const collector = { answers: false, since, failures: failedAttempts, nextAttemptAt };
    state.postpone(report.id, { at, outcome: reason }, collector);
    if (!unavailable) log.warn(whyItWaits(report, reason, log.time(nextAttemptAt)));
    unavailable = true;
    if (failedAttempts >= ENOUGH_ATTEMPTS) giveUp(new Date(at.getTime() - KEEP_DAYS * DAY_MS), reason);
  }

  function giveUp(madeBefore: Date, reason: string): void {
    const count = state.expire(madeBefore, now(), `no success in ${KEEP_DAYS} days; ${reason}`);
    if (count === 0) return;
    const what = count === 1 ? "1 report is" : `${count} reports are`;
    log.warn(`${what} given up: the collector has not taken them in ${KEEP_DAYS} days (${reason})`);
  }

  function reached(): void {
    if (unavailable) log.info("the collector takes reports again");
    unavailable = false;
  }

  function succeeded(report: StoredReport, status: number): void {
    state.settle(report.id, "delivered", { at: now(), outcome: `HTTP ${status}` });
    reached();
    log.info(`sent ${report.category}: ${events(report.body)}; the collector answered ${status}`);
  }

  function refused(report: StoredReport, reason: string): void {
    state.settle(report.id, "refused", { at: now(), outcome: reason });
    reached();
    log.error(
      `the collector refused the ${report.category} (${reason}): it is not sent again; check COLLECTOR_URL and COLLECTOR_SITE_ID if they are set`,
    );
  }

  return {
    async deliver(signal, { regardless = false } = {}) {
      const count = { delivered: 0, refused: 0 };
      for (const report of state.queue()) {
        if (signal.aborted || (!regardless && pauseEnds(state, now()) > now())) break;
        if (!state.claim(report.id, now(), new Date(now().getTime() + CLAIM_MS))) break;
        const answer = await post(report.body, signal);
        if (answer.kind === "unavailable") {
          // To be stopped is no fault of the collector.
          if (signal.aborted) state.release(report.id);
          else failed(report, answer);
          break;
        }
        if (answer.kind === "accepted") {
          succeeded(report, answer.status);
          count.delivered++;
        } else {
          refused(report, answer.reason);
          count.refused++;
        }
      }
      return { ...count, waiting: state.queue().length };
    },

    nextAttemptAt() {
      const [first] = state.queue();
      if (!first) return undefined;
      // Taken by another process: it is worth a look when that should have ended.
      return isTaken(first) ? first.claimedUntil : pauseEnds(state, now());
    },
  };
}

type Unavailable = Extract<Answer, { kind: "unavailable" }>;

/** When the pause after the last failure ends. One that is longer than pauses are was set by a wrong clock: it is over. */
export function pauseEnds(state: Pick<State, "collector">, now: Date): Date {
  const end = state.collector()?.nextAttemptAt;
  return end && end.getTime() <= now.getTime() + LONGEST_PAUSE_MS ? end : now;
}

function whyItWaits({ category }: StoredReport, reason: string, next: string): string {
  const what = reason.startsWith("HTTP")
    ? "cannot take reports now"
    : "cannot be reached: blocked or offline";
  return `the collector ${what} (${reason}); nothing is broken or lost, the ${category} is kept; next attempt ${next}`;
}

function events(body: string): string {
  const { length } = (JSON.parse(body) as { events: unknown[] }).events;
  return length === 1 ? "1 event" : `${length} events`;
}
