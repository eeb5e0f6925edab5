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

  // Each attempt is kept; the pause belongs to the collector and not to a report; an admin may opt out.
  `CREATE TABLE consent (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     given INTEGER NOT NULL,
     decided_at INTEGER NOT NULL,
     origin TEXT NOT NULL
   ) STRICT;
   CREATE TABLE collector (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     answers INTEGER NOT NULL,
     since INTEGER NOT NULL,
     failures INTEGER NOT NULL,
     next_attempt_at INTEGER
   ) STRICT;
   DROP INDEX reports_queued;
   ALTER TABLE reports RENAME TO old_reports;
   CREATE TABLE reports (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     category TEXT NOT NULL,
     body TEXT NOT NULL,
     observed_at INTEGER NOT NULL,
     status TEXT NOT NULL DEFAULT 'queued'
       CHECK (status IN ('queued', 'delivered', 'refused', 'discarded', 'superseded', 'expired')),
     claimed_by TEXT,
     claimed_until INTEGER,
     finished_at INTEGER,
     outcome TEXT
   ) STRICT;
   CREATE INDEX reports_queued ON reports (id) WHERE status = 'queued';
   CREATE INDEX reports_by_category ON reports (category, id);
   CREATE TABLE attempts (
     report_id INTEGER NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
     at INTEGER NOT NULL,
     outcome TEXT NOT NULL
   ) STRICT;
   CREATE INDEX attempts_of_report ON attempts (report_id);
   INSERT INTO reports (id, category, body, observed_at, status, finished_at, outcome)
     SELECT id, category, body, observed_at, status, finished_at, outcome FROM old_reports;
   INSERT INTO attempts (report_id, at, outcome)
     SELECT id, coalesce(finished_at, observed_at), outcome FROM old_reports
     WHERE attempts > 0 AND outcome IS NOT NULL AND status != 'discarded';
   DROP TABLE old_reports`,
];
