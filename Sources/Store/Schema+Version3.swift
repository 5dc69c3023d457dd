extension Schema {
    /// Version 3: schedules, which a serving coordinator fires.
    static let version3 = """
        CREATE TABLE schedules (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, file TEXT NOT NULL,
            directory TEXT NOT NULL, config TEXT, origin TEXT NOT NULL CHECK (origin IN ('file', 'command')),
            cron TEXT NOT NULL, timezone TEXT,
            overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue', 'replace')),
            catch_up TEXT NOT NULL CHECK (catch_up IN ('none', 'latest', 'all')),
            grace INTEGER, jitter INTEGER NOT NULL,
            last INTEGER NOT NULL, waiting INTEGER, run INTEGER REFERENCES runs ON DELETE SET NULL, fired INTEGER,
            trouble TEXT, trouble_at INTEGER, created_at INTEGER NOT NULL,
            inputs TEXT NOT NULL, trusted TEXT NOT NULL
        ) STRICT;
        """
}
