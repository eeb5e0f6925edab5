import type { Consent } from "./consent.ts";
import { pauseEnds } from "./delivery/outbox.ts";
import { readDaemonRecord } from "./health.ts";
import { STATUS_WORDS } from "./history.ts";
import type { Versions } from "./installation/snapshot.ts";
import { localTime } from "./local-time.ts";
import { createSchedule, nextLookAt } from "./schedule.ts";
import { isAlive } from "./state/claimant.ts";
import { type ReportStatus, type State, type StoredReport, sentSoFar } from "./state/state.ts";
import { type Paint, row } from "./terminal.ts";

/** What it does and when next. `--json` prints it as it is; instants are ISO 8601. */
export interface Status {
  readonly usageMetrics: "on" | "off";
  readonly decidedBy: string;
  /** What was reported last as installed. */
  readonly baseline: Versions | null;
  readonly lastReport: ReportLine | null;
  readonly waiting: readonly ReportLine[];
  /** When what waits is tried next. */
  readonly nextAttempt: string | null;
  /** Null before the first attempt. */
  readonly collector: { readonly answers: boolean; readonly since: string } | null;
  readonly heartbeatSchedule: string | null;
  readonly nextHeartbeat: string | null;
  readonly lastLook: string | null;
  /** Whether the daemon is there; the last look is only known then. */
  readonly daemon: "running" | "not running";
  /** Why the last look reported nothing, though all went well. */
  readonly hold: "development" | "standing by" | null;
  /** Why the last look went wrong. */
  readonly problem: string | null;
}

export interface ReportLine {
  readonly category: string;
  readonly observedAt: string;
  readonly status: ReportStatus;
  readonly attempts: number;
  readonly outcome: string | null;
}

export interface StatusParts {
  readonly state: State | undefined;
  readonly consent: Consent;
  readonly heartbeat: string | undefined;
  readonly now: Date;
}

export function readStatus({ state, consent, heartbeat, now }: StatusParts): Status {
  const daemon = state && readDaemonRecord(state);
  const expression = heartbeat ?? state?.setting("heartbeat schedule");
  const last = state?.lastReport();
  const collector = state?.collector();
  const waiting = state?.queue() ?? [];
  const toLine = (report: StoredReport): ReportLine => ({
    category: report.category,
    observedAt: report.observedAt.toISOString(),
    status: report.status,
    attempts: state?.attempts(report.id).length ?? 0,
    outcome: report.outcome ?? null,
  });
  return {
    usageMetrics: consent.given ? "on" : "off",
    decidedBy: consent.because,
    baseline: state?.baseline() ?? null,
    lastReport: last ? toLine(last) : null,
    waiting: waiting.map(toLine),
    nextAttempt: state && waiting.length > 0 ? pauseEnds(state, now).toISOString() : null,
    collector: collector ? { answers: collector.answers, since: collector.since.toISOString() } : null,
    heartbeatSchedule: expression ?? null,
    nextHeartbeat:
      consent.given && state && expression
        ? nextLookAt(createSchedule(expression), now, sentSoFar(state)).toISOString()
        : null,
    lastLook: daemon?.lookedAt?.toISOString() ?? null,
    daemon: daemon && isAlive(daemon.pid) ? "running" : "not running",
    hold: daemon?.hold ?? null,
    problem: daemon?.problem ?? null,
  };
}

export function formatStatus(status: Status, paint: Paint): string {
  const when = (iso: string | null) => (iso ? localTime(new Date(iso)) : "not yet");
  const report = ({ category, observedAt, status: stage, outcome }: ReportLine) =>
    `${category} of ${when(observedAt)}: ${STATUS_WORDS[stage]}${outcome ? ` (${outcome})` : ""}`;
  const versions = Object.entries(status.baseline ?? {}).map(([name, version]) => `${name} ${version}`);
  const { waiting, collector, usageMetrics, problem } = status;
  const isOn = usageMetrics === "on";
  const isRunning = status.daemon === "running";
  const lastLook = isRunning
    ? `${when(status.lastLook)}${status.hold ? `: nothing reported (${status.hold})` : ""}`
    : "not known";
  const rows: [string, string | string[]][] = [
    ["Usage metrics", `${paint(isOn ? "green" : "yellow", usageMetrics)}: ${status.decidedBy}`],
    ["Daemon", isRunning ? paint("green", "running") : paint("yellow", "not running")],
    ["Last look", lastLook],
    ["Problem", problem ? paint("red", problem) : "none"],
    ["Last report", status.lastReport ? report(status.lastReport) : "none yet"],
    ["Waiting", waiting.length ? waiting.map(report) : "nothing"],
    ["Next attempt", status.nextAttempt ? when(status.nextAttempt) : "nothing waits"],
    ["Collector", collector ? describeCollector(collector, when) : "not asked yet"],
    ["Next heartbeat", isOn ? when(status.nextHeartbeat) : "none, usage metrics are off"],
    ["Baseline", versions.length ? versions : "none yet"],
  ];
  return rows.map(([title, text]) => row(title, text, 16)).join("\n");
}

function describeCollector(
  { answers, since }: NonNullable<Status["collector"]>,
  when: (iso: string) => string,
): string {
  return answers ? `answers since ${when(since)}` : `has not answered since ${when(since)}`;
}
