import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Category } from "../installation/changes.ts";
import type { Versions } from "../installation/snapshot.ts";
import type { SentSoFar } from "../schedule.ts";
import { type Claimant, isHeldByAnother, THIS_PROCESS } from "./claimant.ts";
import { MIGRATIONS } from "./schema.ts";

/** A report on its way, or one that arrived: the outbox and the journal are the same rows. */
export interface StoredReport {
  readonly id: number;
  readonly category: Category;
  readonly body: string;
  readonly observedAt: Date;
  readonly status: "queued" | "delivered" | "refused" | "discarded";
  readonly attempts: number;
  readonly nextAttemptAt: Date | undefined;
  /** Until when some process may be at sending it. */
  readonly claimedUntil: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** The last answer, in words. */
  readonly outcome: string | undefined;
}

export type NewReport = Pick<StoredReport, "category" | "body" | "observedAt">;

/** The state of the sidecar, in one SQLite file that the daemon and the commands share. */
export interface State {
  baseline(): Versions | undefined;
  setting(name: SettingName): string | undefined;
  setSetting(name: SettingName, value: string | undefined): void;
  /**
   * Runs `decide` on the current baseline and stores what it returns, the report and the new baseline, in one
   * transaction: both or neither survive a crash, and two processes cannot report the same change.
   */
  record<T extends Recording | undefined>(decide: (baseline: Versions | undefined) => T): T;
  /** What waits to be delivered, oldest first. */
  queue(): StoredReport[];
  /**
   * Takes a waiting report for one attempt, so that no other process sends it meanwhile; false when it is taken or
   * no longer waits. A claim ends with the attempt, with the process that made it, or at `until`.
   */
  claim(id: number, now: Date, until: Date): boolean;
  settle(id: number, status: "delivered" | "refused", at: Date, outcome: string): void;
  postpone(id: number, nextAttemptAt: Date, outcome: string): void;
  /** Takes everything that waits out of the queue; gives how many there were. */
  discardQueue(at: Date, why: string): number;
  lastReport(category?: Category): StoredReport | undefined;
  close(): void;
}

export interface Recording {
  readonly report: NewReport;
  readonly baseline: Versions | undefined;
}

export type SettingName = "heartbeat schedule" | "notice shown" | "daemon";

export class StateError extends Error {
  readonly code = "STATE";
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

export function sentSoFar(state: Pick<State, "lastReport">): SentSoFar {
  return {
    lastReportAt: state.lastReport()?.observedAt,
    lastHeartbeatAt: state.lastReport("Heartbeat")?.observedAt,
  };
}

/** Whether it is the file, or the disk below it, that failed. */
export function isStorageError(error: unknown): boolean {
  return (error as { code?: string }).code === "ERR_SQLITE_ERROR";
}

export const STATE_FILE = "openwisp-metrics.sqlite";

/**
 * Opens the state in `directory`, making or migrating it when needed; `me` makes its claims.
 *
 * @throws StateError
 */
export function openState(directory: string, me: Claimant = THIS_PROCESS): State {
  return opened(directory, () => {
    mkdirSync(directory, { recursive: true });
    return openFile(directory, false, (db) => {
      schemaVersion(db);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      migrate(db);
      return stateOf(db, me);
    });
  });
}

/**
 * Opens the state for looking only; undefined when there is none yet.
 *
 * @throws StateError
 */
export function readState(directory: string): State | undefined {
  return opened(directory, () => {
    if (!existsSync(join(directory, STATE_FILE))) return undefined;
    return openFile(directory, true, (db) =>
      schemaVersion(db) === 0 ? undefined : stateOf(db, THIS_PROCESS),
    );
  });
}

function opened<T>(directory: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError(
      `the state in ${directory} cannot be opened: ${(error as Error).message}`,
      "STATE_DIR must be a folder that the container may write to, best a named volume",
      error,
    );
  }
}

/** Opens the file for what `use` makes of it; closed again when that is nothing or fails. */
function openFile<T>(directory: string, readOnly: boolean, use: (db: DatabaseSync) => T): T {
  // Asked for here, and not imported, so that an older Node gets as far as saying which one is needed.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(join(directory, STATE_FILE), { readOnly, timeout: 5_000 });
  let used: T | undefined;
  try {
    used = use(db);
    return used;
  } finally {
    if (!used) db.close();
  }
}

function schemaVersion(db: DatabaseSync): number {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length)
    throw new StateError(
      `the state was written by a newer version of openwisp-metrics (schema ${version})`,
      "use that version again, or give this one another STATE_DIR",
    );
  return version;
}

function migrate(db: DatabaseSync): void {
  transaction(db, () => {
    for (const sql of MIGRATIONS.slice(schemaVersion(db))) db.exec(sql);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
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

function stateOf(db: DatabaseSync, me: Claimant): State {
  const sql = {
    baseline: db.prepare("SELECT versions FROM baseline"),
    setBaseline: db.prepare("INSERT OR REPLACE INTO baseline (id, versions, stored_at) VALUES (1, ?, ?)"),
    setting: db.prepare("SELECT value FROM settings WHERE name = ?"),
    setSetting: db.prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"),
    deleteSetting: db.prepare("DELETE FROM settings WHERE name = ?"),
    enqueue: db.prepare("INSERT INTO reports (category, body, observed_at) VALUES (?, ?, ?)"),
    queue: db.prepare("SELECT * FROM reports WHERE status = 'queued' ORDER BY id"),
    claimOf: db.prepare("SELECT claimed_by, claimed_until FROM reports WHERE id = ?"),
    claim: db.prepare(
      "UPDATE reports SET claimed_by = ?, claimed_until = ? WHERE id = ? AND status = 'queued'",
    ),
    settle: db.prepare(
      "UPDATE reports SET status = ?, finished_at = ?, outcome = ?, attempts = attempts + 1, next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL WHERE id = ?",
    ),
    postpone: db.prepare(
      "UPDATE reports SET attempts = attempts + 1, next_attempt_at = ?, outcome = ?, claimed_by = NULL, claimed_until = NULL WHERE id = ?",
    ),
    discard: db.prepare(
      "UPDATE reports SET status = 'discarded', finished_at = ?, outcome = ? WHERE status = 'queued'",
    ),
    last: db.prepare("SELECT * FROM reports WHERE category = coalesce(?, category) ORDER BY id DESC LIMIT 1"),
  };

  const baseline = () => {
    const row = sql.baseline.get();
    return row && (JSON.parse(String(row.versions)) as Versions);
  };

  return {
    baseline,
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
        const at = recording.report.observedAt.getTime();
        if (recording.baseline) sql.setBaseline.run(JSON.stringify(recording.baseline), at);
        sql.enqueue.run(recording.report.category, recording.report.body, at);
        return recording;
      }),
    queue: () => sql.queue.all().map(toReport),
    claim: (id, now, until) =>
      transaction(db, () => {
        const { claimed_by: by, claimed_until: end } = sql.claimOf.get(id) ?? {};
        if (Number(end) > now.getTime() && isHeldByAnother(String(by), me)) return false;
        return sql.claim.run(`${me.host} ${me.pid}`, until.getTime(), id).changes === 1;
      }),
    settle: (id, status, at, outcome) => void sql.settle.run(status, at.getTime(), outcome, id),
    postpone: (id, nextAttemptAt, outcome) => void sql.postpone.run(nextAttemptAt.getTime(), outcome, id),
    discardQueue: (at, why) => Number(sql.discard.run(at.getTime(), why).changes),
    lastReport: (category) => {
      const row = sql.last.get(category ?? null);
      return row && toReport(row);
    },
    close: () => db.close(),
  };
}

function toReport(row: Record<string, SQLOutputValue>): StoredReport {
  const date = (value: SQLOutputValue | undefined) => (value == null ? undefined : new Date(Number(value)));
  return {
    id: Number(row.id),
    category: String(row.category) as Category,
    body: String(row.body),
    observedAt: new Date(Number(row.observed_at)),
    status: String(row.status) as StoredReport["status"],
    attempts: Number(row.attempts),
    nextAttemptAt: date(row.next_attempt_at),
    claimedUntil: date(row.claimed_until),
    finishedAt: date(row.finished_at),
    outcome: row.outcome == null ? undefined : String(row.outcome),
  };
}
