import { pauseEnds } from "./delivery/outbox.ts";
import { localTime } from "./local-time.ts";
import type { Attempt, ReportStatus, State, StoredReport } from "./state/state.ts";
import { type Colour, type Paint, wrap } from "./terminal.ts";

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

/** What a status is called for people. */
export const STATUS_WORDS: Readonly<Record<ReportStatus, string>> = {
  delivered: "delivered",
  queued: "waiting",
  superseded: "replaced",
  discarded: "discarded",
  refused: "refused",
  expired: "given up",
};

const COLOURS: Readonly<Record<ReportStatus, Colour>> = {
  delivered: "green",
  queued: "yellow",
  superseded: "gray",
  discarded: "gray",
  refused: "red",
  expired: "red",
};

/** A table, newest first, that fits 80 columns. */
export function formatHistory(entries: readonly HistoryEntry[], limit: number, paint: Paint): string {
  if (entries.length === 0) return "nothing was reported yet";
  const more = entries.length - limit;
  const lines = [
    paint("bold", columns("", "REPORTED", "REPORT", "OUTCOME")),
    ...entries.slice(0, limit).flatMap((entry) => lineOf(entry, paint)),
  ];
  if (more > 0) lines.push(`... and ${more} older: openwisp-metrics history --limit ${entries.length}`);
  return lines.join("\n");
}

function lineOf(entry: HistoryEntry, paint: Paint): string[] {
  const { id, category, observedAt, status, attempts, outcome, nextAttemptAt } = entry;
  const word = STATUS_WORDS[status];
  const tries = attempts.length > 1 ? `, ${attempts.length} attempts` : "";
  const next = nextAttemptAt ? `, next ${localTime(nextAttemptAt)}` : "";
  const said = [outcome && ` (${outcome})`, tries, next].join("");
  const [first = "", ...rest] = wrap(`${word}${said}`, 26);
  return [
    columns(String(id), localTime(observedAt), category, first.replace(word, paint(COLOURS[status], word))),
    ...rest.map((line) => columns("", "", "", line)),
  ];
}

function columns(id: string, time: string, category: string, outcome: string): string {
  return `${id.padStart(4)}  ${time.padEnd(26)}  ${category.padEnd(17)}  ${outcome}`.trimEnd();
}
