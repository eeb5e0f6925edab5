import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { ConsentOrigin, StoredConsent } from "../consent.ts";
import type { Versions } from "../installation/snapshot.ts";
import type { ReportCategory } from "../report/events.ts";
import type { SentSoFar } from "../schedule.ts";
import { type Claimant, isHeld, toClaim } from "./claimant.ts";

export type ReportStatus = "queued" | "delivered" | "refused" | "discarded" | "superseded" | "expired";

/** A report on its way, or one that arrived: the outbox and the journal are the same rows. */
export interface StoredReport {
  readonly id: number;
  readonly category: ReportCategory;
  readonly body: string;
  readonly observedAt: Date;
  readonly status: ReportStatus;
  /** Until when some process may be at sending it. */
  readonly claimedUntil: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** The last answer, or why it was given up, in words. */
  readonly outcome: string | undefined;
}

export type NewReport = Pick<StoredReport, "category" | "body" | "observedAt">;

export interface Attempt {
  readonly at: Date;
  readonly outcome: string;
}

/** How it goes with the collector; the pause after a failure is for all reports. */
export interface CollectorRecord {
  /** Whether the last attempt got an answer that settled a report. */
  readonly answers: boolean;
  readonly since: Date;
  /** Attempts in vain, in a row. */
  readonly failures: number;
  readonly nextAttemptAt: Date | undefined;
}

/** The state of the sidecar, in one SQLite file that the daemon and the commands share. */
export interface State {
  baseline(): Versions | undefined;
  consent(): StoredConsent | undefined;
  collector(): CollectorRecord | undefined;
  setting(name: SettingName): string | undefined;
  setSetting(name: SettingName, value: string | undefined): void;
  /**
   * Runs `decide` on the current baseline and stores what it returns, the report and the new baseline, in one
   * transaction: both or neither survive a crash, and two processes cannot report the same change. Of waiting
   * Heartbeats only the newest is kept; what is old in the journal is forgotten.
   */
  record<T extends Recording | undefined>(decide: (baseline: Versions | undefined) => T): T;
  /**
   * Stores what an admin decided; undefined when that is how it was. An opt-out discards what waits and queues
   * `farewell`, unless one waits already, in the same transaction; gives how many reports were discarded.
   */
  decideConsent(
    decision: StoredConsent,
    farewell: NewReport | undefined,
  ): { readonly discarded: number } | undefined;
  /** What waits to be delivered, oldest first. */
  queue(): StoredReport[];
  /**
   * Takes a waiting report for one attempt, so that no other process sends it meanwhile; false when it is taken or
   * no longer waits. A claim ends with the attempt, with the process that made it, or at `until`.
   */
  claim(id: number, now: Date, until: Date): boolean;
  /** Gives a claim back without an attempt. */
  release(id: number): void;
  /** Stores the collector's last word on a report. */
  settle(id: number, status: "delivered" | "refused", attempt: Attempt): void;
  /** Stores an attempt in vain, and what it means for the next one. */
  postpone(id: number, attempt: Attempt, collector: CollectorRecord): void;
  /** Gives up what waits and was made before then; gives how many there were. */
  expire(madeBefore: Date, at: Date, why: string): number;
  /** Takes everything that waits out of the queue; gives how many there were. */
  discardQueue(at: Date, why: string): number;
  lastReport(category?: ReportCategory): StoredReport | undefined;
  report(id: number): StoredReport | undefined;
  /** The journal and what waits, newest first. */
  reports(since: Date): StoredReport[];
  /** Oldest first. */
  attempts(id: number): Attempt[];
  /** Whether another process has written since this was asked last. */
  changedByOthers(): boolean;
  close(): void;
}

export interface Recording {
  readonly report: NewReport;
  readonly baseline: Versions | undefined;
}

export type SettingName =
  | "heartbeat schedule"
  | "notice shown"
  | "daemon"
  /** Set when this state replaces a damaged one: the installation was there before it. */
  | "seen before"
  /** SHA-256 of the token that signs in to the page. */
  | "page token";

const DAY_MS = 24 * 60 * 60 * 1000;
const KEEP_JOURNAL_MS = 400 * DAY_MS;
const KEEP_JOURNAL_ROWS = 2_000;
/** A report that waits is attempted daily at the least, for 30 days, and more often in the first three. */
const KEEP_ATTEMPTS = 200;

export function sentSoFar(state: Pick<State, "lastReport">): SentSoFar {
  return {
    lastReportAt: state.lastReport()?.observedAt,
    lastHeartbeatAt: state.lastReport("Heartbeat")?.observedAt,
  };
}

/** @param me makes the claims */
export function stateOf(db: DatabaseSync, me: Claimant): State {
  const sql = {
    baseline: db.prepare("SELECT versions FROM baseline"),
    setBaseline: db.prepare("INSERT OR REPLACE INTO baseline (id, versions, stored_at) VALUES (1, ?, ?)"),
    consent: db.prepare("SELECT * FROM consent"),
    setConsent: db.prepare("INSERT OR REPLACE INTO consent VALUES (1, ?, ?, ?)"),
    collector: db.prepare("SELECT * FROM collector"),
    setCollector: db.prepare("INSERT OR REPLACE INTO collector VALUES (1, ?, ?, ?, ?)"),
    setting: db.prepare("SELECT value FROM settings WHERE name = ?"),
    setSetting: db.prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"),
    deleteSetting: db.prepare("DELETE FROM settings WHERE name = ?"),
    enqueue: db.prepare("INSERT INTO reports (category, body, observed_at) VALUES (?, ?, ?)"),
    supersede: db.prepare(
      "UPDATE reports SET status = 'superseded', finished_at = ?, outcome = 'a newer one took its place' WHERE status = 'queued' AND category = 'Heartbeat'",
    ),
    forget: db.prepare(
      "DELETE FROM reports WHERE status != 'queued' AND (finished_at < ? OR id <= (SELECT max(id) FROM reports) - ?)",
    ),
    queue: db.prepare("SELECT * FROM reports WHERE status = 'queued' ORDER BY id"),
    claimOf: db.prepare("SELECT claimed_by, claimed_until FROM reports WHERE id = ?"),
    claim: db.prepare(
      "UPDATE reports SET claimed_by = ?, claimed_until = ? WHERE id = ? AND status = 'queued'",
    ),
    release: db.prepare("UPDATE reports SET claimed_by = NULL, claimed_until = NULL WHERE id = ?"),
    finish: db.prepare("UPDATE reports SET status = ?, finished_at = ?, outcome = ? WHERE id = ?"),
    expire: db.prepare(
      "UPDATE reports SET status = 'expired', finished_at = ?, outcome = ? WHERE observed_at < ? AND status = 'queued'",
    ),
    say: db.prepare("UPDATE reports SET outcome = ? WHERE id = ? AND status = 'queued'"),
    attempt: db.prepare("INSERT INTO attempts (report_id, at, outcome) VALUES (?, ?, ?)"),
    forgetAttempts: db.prepare(
      "DELETE FROM attempts WHERE report_id = ? AND rowid NOT IN (SELECT rowid FROM attempts WHERE report_id = ? ORDER BY rowid DESC LIMIT ?)",
    ),
    attempts: db.prepare("SELECT at, outcome FROM attempts WHERE report_id = ? ORDER BY rowid"),
    discard: db.prepare(
      "UPDATE reports SET status = 'discarded', finished_at = ?, outcome = ? WHERE status = 'queued' AND category != ?",
    ),
    last: db.prepare("SELECT * FROM reports ORDER BY id DESC LIMIT 1"),
    lastOf: db.prepare("SELECT * FROM reports WHERE category = ? ORDER BY id DESC LIMIT 1"),
    report: db.prepare("SELECT * FROM reports WHERE id = ?"),
    reports: db.prepare("SELECT * FROM reports WHERE observed_at >= ? OR status = 'queued' ORDER BY id DESC"),
    dataVersion: db.prepare("PRAGMA data_version"),
  };
  const dataVersion = () => Number(sql.dataVersion.get()?.data_version);
  let seenVersion = dataVersion();

  const baseline = () => {
    const row = sql.baseline.get();
    return row && (JSON.parse(String(row.versions)) as Versions);
  };

  const consent = (): StoredConsent | undefined => {
    const row = sql.consent.get();
    if (!row) return undefined;
    return {
      given: row.given === 1,
      at: new Date(Number(row.decided_at)),
      origin: String(row.origin) as ConsentOrigin,
    };
  };

  const collector = (): CollectorRecord | undefined => {
    const row = sql.collector.get();
    if (!row) return undefined;
    return {
      answers: row.answers === 1,
      since: new Date(Number(row.since)),
      failures: Number(row.failures),
      nextAttemptAt: date(row.next_attempt_at),
    };
  };

  function setCollector({ answers, since, failures, nextAttemptAt }: CollectorRecord): void {
    sql.setCollector.run(Number(answers), since.getTime(), failures, nextAttemptAt?.getTime() ?? null);
  }

  function enqueue({ category, body, observedAt }: NewReport): void {
    const at = observedAt.getTime();
    if (category === "Heartbeat") sql.supersede.run(at);
    sql.enqueue.run(category, body, at);
    sql.forget.run(at - KEEP_JOURNAL_MS, KEEP_JOURNAL_ROWS);
  }

  function keepAttempt(id: number, { at, outcome }: Attempt): void {
    sql.attempt.run(id, at.getTime(), outcome);
    sql.forgetAttempts.run(id, id, KEEP_ATTEMPTS);
  }

  return {
    baseline,
    consent,
    collector,
    setting: (name) => {
      const row = sql.setting.get(name);
      return row && String(row.value);
    },
    setSetting: (name, value) => {
      if (value === undefined) sql.deleteSetting.run(name);
      else sql.setSetting.run(name, value);
    },
    record: (decide) =>
      transaction(db, () => {
        const recording = decide(baseline());
        if (!recording) return recording;
        const { report } = recording;
        if (recording.baseline)
          sql.setBaseline.run(JSON.stringify(recording.baseline), report.observedAt.getTime());
        enqueue(report);
        return recording;
      }),
    decideConsent: ({ given, at, origin }, farewell) =>
      transaction(db, () => {
        if ((consent()?.given ?? true) === given) return undefined;
        sql.setConsent.run(Number(given), at.getTime(), origin);
        if (given) return { discarded: 0 };
        const kept = farewell ? FAREWELL : "";
        const discarded = Number(sql.discard.run(at.getTime(), "opted out", kept).changes);
        if (farewell && sql.queue.all().length === 0) enqueue(farewell);
        return { discarded };
      }),
    queue: () => sql.queue.all().map(toReport),
    claim: (id, now, until) =>
      transaction(db, () => {
        const { claimed_by: by, claimed_until: end } = sql.claimOf.get(id) ?? {};
        // No claim ends later than a new one would, unless the clock was set.
        const isOpen = Number(end) > now.getTime() && Number(end) <= until.getTime();
        if (isOpen && isHeld(String(by), me)) return false;
        return sql.claim.run(toClaim(me), until.getTime(), id).changes === 1;
      }),
    release: (id) => void sql.release.run(id),
    settle: (id, status, attempt) =>
      transaction(db, () => {
        keepAttempt(id, attempt);
        sql.release.run(id);
        sql.finish.run(status, attempt.at.getTime(), attempt.outcome, id);
        const before = collector();
        const since = before?.answers ? before.since : attempt.at;
        setCollector({ answers: true, since, failures: 0, nextAttemptAt: undefined });
      }),
    postpone: (id, attempt, next) =>
      transaction(db, () => {
        keepAttempt(id, attempt);
        sql.release.run(id);
        sql.say.run(attempt.outcome, id);
        setCollector(next);
      }),
    expire: (madeBefore, at, why) => Number(sql.expire.run(at.getTime(), why, madeBefore.getTime()).changes),
    discardQueue: (at, why) => Number(sql.discard.run(at.getTime(), why, "").changes),
    lastReport: (category) => {
      const row = category ? sql.lastOf.get(category) : sql.last.get();
      return row && toReport(row);
    },
    report: (id) => {
      const row = sql.report.get(id);
      return row && toReport(row);
    },
    reports: (since) => sql.reports.all(since.getTime()).map(toReport),
    attempts: (id) =>
      sql.attempts.all(id).map(({ at, outcome }) => ({ at: new Date(Number(at)), outcome: String(outcome) })),
    changedByOthers: () => {
      const before = seenVersion;
      seenVersion = dataVersion();
      return seenVersion !== before;
    },
    close: () => db.close(),
  };
}

const FAREWELL: ReportCategory = "Consent Withdrawn";

export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite ends the transaction itself when the disk is full.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function toReport(row: Record<string, SQLOutputValue>): StoredReport {
  return {
    id: Number(row.id),
    category: String(row.category) as ReportCategory,
    body: String(row.body),
    observedAt: new Date(Number(row.observed_at)),
    status: String(row.status) as ReportStatus,
    claimedUntil: date(row.claimed_until),
    finishedAt: date(row.finished_at),
    outcome: row.outcome == null ? undefined : String(row.outcome),
  };
}

function date(value: SQLOutputValue | undefined): Date | undefined {
  return value == null ? undefined : new Date(Number(value));
}
