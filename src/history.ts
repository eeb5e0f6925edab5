import { pauseEnds } from "./delivery/outbox.ts";
import type { Attempt, State, StoredReport } from "./state/state.ts";

/** A report with all that happened to it. */
export interface HistoryEntry extends Omit<StoredReport, "claimedUntil"> {
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  /** When it is tried again, as long as it waits. */
  readonly nextAttemptAt: Date | undefined;
}

/** The reports since then, and what waits; newest first. */
export function readHistory(
  state: Pick<State, "reports" | "attempts" | "collector">,
  since: Date,
  now: Date,
): HistoryEntry[] {
  return state.reports(since).map(({ claimedUntil: _, ...report }) => ({
    ...report,
    attempts: state.attempts(report.id),
    nextAttemptAt: report.status === "queued" ? pauseEnds(state, now) : undefined,
  }));
}
