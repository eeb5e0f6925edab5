import { join } from "node:path";

const LOCK_FILE = "openwisp-metrics.lock";
const BUSY = 5;

export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder of the state for one daemon; undefined when another has it. The lock is the kernel's, taken through
 * SQLite: it ends with its process, however that ends, and holds between containers that share a volume.
 */
export function lockFolder(directory: string): FolderLock | undefined {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode === BUSY) return undefined;
    throw error;
  }
}
