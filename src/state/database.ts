import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type Claimant, THIS_PROCESS } from "./claimant.ts";
import { lockFolder } from "./folder-lock.ts";
import { markOptOut, readOptOutMark } from "./opt-out-mark.ts";
import { MIGRATIONS } from "./schema.ts";
import { type State, stateOf, transaction } from "./state.ts";
import { folderProblem, fullDisk, STATE_FILE } from "./state-folder.ts";
import { isStorageError } from "./storage-error.ts";

/** The state cannot be used; the hint says what to do about it, possibly in several lines. */
export class StateError extends Error {
  readonly code = "STATE";
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

/** The file is not what it was; it will be set aside. */
export class DamageError extends StateError {}

export interface OpenOptions {
  /** Whoever makes the claims. */
  readonly me?: Claimant;
  readonly now?: () => Date;
  /** Hears of a damaged file that was set aside. */
  readonly onDamage?: (message: string) => void;
}

export type OpenState = (directory: string, options?: OpenOptions) => State;

/**
 * Opens the state in `directory`, making or migrating it when needed. A damaged file is set aside, never deleted, and a
 * new one begun, which knows that the installation was seen before.
 *
 * @throws StateError
 */
export function openState(directory: string, options: OpenOptions = {}): State {
  return opened(directory, () => {
    mkdirSync(directory, { recursive: true });
    try {
      return openForWriting(directory, options);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const now = options.now ?? (() => new Date());
    const place = setAside(directory, now());
    const state = openForWriting(directory, options);
    options.onDamage?.(
      `the state was damaged: it was set aside as ${place}, and a new one is begun; the installation counts as seen before`,
    );
    return state;
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
    return openFile(directory, true, (db) => {
      const version = schemaVersion(db);
      if (version === 0) return undefined;
      if (version < MIGRATIONS.length)
        throw new StateError(
          `the state in ${directory} is that of an older version of openwisp-metrics`,
          "start this version's daemon once: it brings the state up to date",
        );
      return stateOf(db, THIS_PROCESS);
    });
  });
}

function opened<T>(directory: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StateError) throw error;
    if (isDamage(error)) throw damaged(directory, error);
    const problem = isFull(error) ? fullDisk(directory) : folderProblem(directory);
    const { message = reasonOf(error), hint = "openwisp-metrics doctor may tell more" } = problem ?? {};
    throw new StateError(`the state in ${directory} cannot be opened: ${message}`, hint, error);
  }
}

function damaged(directory: string, cause?: unknown): DamageError {
  const hint = "restart the container: its daemon sets the damaged file aside and begins a new one";
  return new DamageError(`the state in ${directory} is damaged`, hint, cause);
}

function openForWriting(directory: string, { me = THIS_PROCESS }: OpenOptions): State {
  return openFile(directory, false, (db) => {
    schemaVersion(db);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    const check = Object.values(db.prepare("PRAGMA integrity_check(1)").get() ?? {});
    if (check[0] !== "ok") throw Object.assign(new Error("it fails its check"), { errcode: CORRUPT });
    migrate(db, directory);
    const state = stateOf(db, me);
    return {
      ...state,
      decideConsent(decision, farewell) {
        const change = state.decideConsent(decision, farewell);
        if (change) markOptOut(directory, decision);
        return change;
      },
    };
  });
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

function migrate(db: DatabaseSync, directory: string): void {
  if (schemaVersion(db) === MIGRATIONS.length) return;
  transaction(db, () => {
    // Looked at again: another process may have been quicker.
    const version = schemaVersion(db);
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
    if (version === 0) rememberBefore(db, directory);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

const DAMAGED = `${STATE_FILE}.damaged-`;

/** What the folder tells of a state that was there before: so it is known whenever the new one comes to be made. */
function rememberBefore(db: DatabaseSync, directory: string): void {
  if (readdirSync(directory).some((it) => it.startsWith(DAMAGED)))
    db.exec("INSERT INTO settings (name, value) VALUES ('seen before', 'yes')");
  const mark = readOptOutMark(directory);
  if (mark) db.prepare("INSERT INTO consent VALUES (1, 0, ?, ?)").run(mark.at.getTime(), mark.origin);
}

/** Under a dated name; gives that name. Not while a daemon has the file open: it would go on writing to it. */
function setAside(directory: string, now: Date): string {
  const lock = lockFolder(directory);
  if (!lock) throw damaged(directory);
  try {
    const name = DAMAGED + now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
    // The file itself comes last: until then it is found damaged again, and never beside what belongs to it.
    for (const suffix of ["-wal", "-shm", ""]) {
      const from = join(directory, STATE_FILE + suffix);
      if (existsSync(from)) renameSync(from, join(directory, name + suffix));
    }
    return name;
  } finally {
    lock.release();
  }
}

const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** SQLite's result code, the extended part cut off: https://www.sqlite.org/rescode.html */
function resultCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

function isDamage(error: unknown): boolean {
  return [CORRUPT, NOT_A_DATABASE].includes(resultCode(error) ?? 0);
}

function isFull(error: unknown): boolean {
  return resultCode(error) === FULL || (error as NodeJS.ErrnoException).code === "ENOSPC";
}

/** SQLite's words, or the system's code: its message would repeat the path. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return isStorageError(error) || !code ? message : code;
}
