import type { Config } from "./config.ts";
import type { Consent } from "./consent.ts";
import { readDaemonRecord } from "./health.ts";
import type { Versions } from "./installation/snapshot.ts";
import { localTime } from "./log.ts";
import { createSchedule, nextLookAt } from "./schedule.ts";
import { readState, type StoredReport, sentSoFar } from "./state/database.ts";

/** What it does and when next. `--json` prints it as it is; instants are ISO 8601. */
export interface Status {
  readonly usageMetrics: "on" | "off";
  readonly decidedBy: string;
  /** What was reported last as installed. */
  readonly baseline: Versions | null;
  readonly lastReport: ReportLine | null;
  readonly waiting: readonly ReportLine[];
  readonly heartbeatSchedule: string | null;
  readonly nextHeartbeat: string | null;
  readonly lastLook: string | null;
  readonly problem: string | null;
}

export interface ReportLine {
  readonly category: string;
  readonly observedAt: string;
  readonly status: string;
  readonly attempts: number;
  readonly outcome: string | null;
  readonly nextAttemptAt: string | null;
}

export function readStatus({ stateDir, schedule }: Config, consent: Consent, now: Date): Status {
  const state = readState(stateDir);
  const daemon = state && readDaemonRecord(state);
  const expression = schedule.heartbeat ?? state?.setting("heartbeat schedule");
  const last = state?.lastReport();
  const status: Status = {
    usageMetrics: consent.given ? "on" : "off",
    decidedBy: consent.because,
    baseline: state?.baseline() ?? null,
    lastReport: last ? toLine(last) : null,
    waiting: state?.queue().map(toLine) ?? [],
    heartbeatSchedule: expression ?? null,
    nextHeartbeat:
      consent.given && state && expression
        ? nextLookAt(createSchedule(expression), now, sentSoFar(state)).toISOString()
        : null,
    lastLook: daemon?.lookedAt?.toISOString() ?? null,
    problem: daemon?.problem ?? null,
  };
  state?.close();
  return status;
}

export function formatStatus(status: Status): string {
  const when = (iso: string | null) => (iso ? localTime(new Date(iso)) : "not yet");
  const report = ({ category, observedAt, status: stage, outcome }: ReportLine) =>
    `${category} of ${when(observedAt)}: ${stage}${outcome ? ` (${outcome})` : ""}`;
  const versions = Object.entries(status.baseline ?? {}).map(([name, version]) => `${name} ${version}`);
  const rows: [string, string | string[]][] = [
    ["Usage metrics", `${status.usageMetrics}: ${status.decidedBy}`],
    ["Last look", when(status.lastLook)],
    ["Problem", status.problem ?? "none"],
    ["Last report", status.lastReport ? report(status.lastReport) : "none yet"],
    [
      "Waiting",
      status.waiting.length
        ? status.waiting.map(
            (it) =>
              `${report(it)}, ${it.nextAttemptAt ? `next ${when(it.nextAttemptAt)}` : "after the one before it"}`,
          )
        : "nothing",
    ],
    ["Next heartbeat", status.usageMetrics === "on" ? when(status.nextHeartbeat) : "none, metrics are off"],
    ["Baseline", versions.length ? versions : "none yet"],
  ];
  return rows
    .flatMap(([title, text]) => [text].flat().map((line, i) => `${(i ? "" : title).padEnd(16)}${line}`))
    .join("\n");
}

function toLine({
  category,
  observedAt,
  status,
  attempts,
  outcome,
  nextAttemptAt,
}: StoredReport): ReportLine {
  return {
    category,
    observedAt: observedAt.toISOString(),
    status,
    attempts,
    outcome: outcome ?? null,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  };
}
