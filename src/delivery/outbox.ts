import type { Logger } from "../log.ts";
import type { State, StoredReport } from "../state/database.ts";
import { LONGEST_PAUSE_MS, pauseMs } from "./backoff.ts";
import type { PostReport } from "./collector.ts";

export interface OutboxParts {
  readonly state: Pick<State, "queue" | "claim" | "settle" | "postpone">;
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

export function createOutbox({ state, post, now, random, log }: OutboxParts): Outbox {
  let unavailable = false;

  /** A pause that is longer than pauses are is one that a wrong clock has set: it is over. */
  function attemptAt({ nextAttemptAt }: StoredReport): Date {
    const latest = now().getTime() + LONGEST_PAUSE_MS;
    return nextAttemptAt && nextAttemptAt.getTime() <= latest ? nextAttemptAt : now();
  }

  function isTaken({ claimedUntil }: StoredReport): boolean {
    const remaining = (claimedUntil?.getTime() ?? 0) - now().getTime();
    return remaining > 0 && remaining <= CLAIM_MS;
  }

  function failed(report: StoredReport, reason: string): void {
    const next = new Date(now().getTime() + pauseMs(report.attempts + 1, random()));
    state.postpone(report.id, next, reason);
    const what = reason.startsWith("HTTP")
      ? "cannot take reports now"
      : "cannot be reached: blocked or offline";
    if (!unavailable)
      log.warn(
        `the collector ${what} (${reason}); nothing is broken or lost, the ${report.category} is kept; next attempt ${log.time(next)}`,
      );
    unavailable = true;
  }

  function reached(): void {
    if (unavailable) log.info("the collector takes reports again");
    unavailable = false;
  }

  function succeeded(report: StoredReport, status: number): void {
    state.settle(report.id, "delivered", now(), `HTTP ${status}`);
    reached();
    log.info(`sent ${report.category}: ${events(report.body)}; the collector answered ${status}`);
  }

  function refused(report: StoredReport, reason: string): void {
    state.settle(report.id, "refused", now(), reason);
    reached();
    log.error(
      `the collector refused the ${report.category} (${reason}): it is not sent again; check COLLECTOR_URL and COLLECTOR_SITE_ID if they are set`,
    );
  }

  return {
    async deliver(signal, { regardless = false } = {}) {
      const count = { delivered: 0, refused: 0 };
      for (const report of state.queue()) {
        if (!regardless && attemptAt(report) > now()) break;
        if (!state.claim(report.id, now(), new Date(now().getTime() + CLAIM_MS))) break;
        const answer = await post(report.body, signal);
        if (signal.aborted && answer.kind === "unavailable") break;
        if (answer.kind === "unavailable") {
          failed(report, answer.reason);
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
      return isTaken(first) ? first.claimedUntil : attemptAt(first);
    },
  };
}

function events(body: string): string {
  return `${(JSON.parse(body) as { events: unknown[] }).events.length} events`;
}
