/**
 * What brings the state from one schema to the next; `user_version` counts how many have been applied. Add at the
 * end, never change one that was released. Instants are unix milliseconds.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE baseline (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     versions TEXT NOT NULL,
     stored_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE reports (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     category TEXT NOT NULL,
     body TEXT NOT NULL,
     observed_at INTEGER NOT NULL,
     status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'delivered', 'refused', 'discarded')),
     attempts INTEGER NOT NULL DEFAULT 0,
     next_attempt_at INTEGER,
     claimed_by TEXT,
     claimed_until INTEGER,
     finished_at INTEGER,
     outcome TEXT
   ) STRICT;
   CREATE INDEX reports_queued ON reports (id) WHERE status = 'queued';
   CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`,
];
