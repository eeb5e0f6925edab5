import type { SentSoFar } from "./schedule.ts";
import type { State, StoredReport } from "./state/state.ts";

/** A clock that is merely slewed stays below, and what the kernel rounds. */
export const CLOCK_WAS_SET_MS = 60_000;

/**
 * What was sent so far, in terms of the clock as it is now: what this process has known since before the clock was set
 * is moved along, so that no heartbeat comes too early or too late for it.
 *
 * @param offsetMs what the clock shows, less the time that has really passed
 */
export function createSentMemory(state: Pick<State, "lastReport">, offsetMs: () => number): () => SentSoFar {
  let offsets = new Map<number, number>();

  return () => {
    const [last, heartbeat] = [state.lastReport(), state.lastReport("Heartbeat")];
    const offset = offsetMs();
    const known = [last, heartbeat].flatMap((it) => (it ? [it.id] : []));
    offsets = new Map(known.map((id) => [id, offsets.get(id) ?? offset]));
    const inTodaysTerms = (report: StoredReport | undefined) => {
      if (!report) return undefined;
      const moved = offset - (offsets.get(report.id) ?? offset);
      return new Date(report.observedAt.getTime() + (Math.abs(moved) < CLOCK_WAS_SET_MS ? 0 : moved));
    };
    return { lastReportAt: inTodaysTerms(last), lastHeartbeatAt: inTodaysTerms(heartbeat) };
  };
}
