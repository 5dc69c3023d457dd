extension Schema {
    /// Version 2: the queue. What a person wants of it, which pools there are, and which live session has a slot in which.
    static let version2 = """
        ALTER TABLE jobs ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN held_at INTEGER;
        UPDATE jobs SET tries = attempts;

        CREATE TABLE pools (
            name TEXT PRIMARY KEY NOT NULL, max INTEGER, reserve INTEGER NOT NULL DEFAULT 0, paused_at INTEGER,
            standing TEXT, standing_until INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE slots (
            pool TEXT NOT NULL, session INTEGER NOT NULL, interactive INTEGER NOT NULL, PRIMARY KEY (pool, session)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX slots_by_session ON slots (session);
        CREATE TRIGGER slots_come_free AFTER UPDATE OF ended_at ON sessions WHEN new.ended_at IS NOT NULL BEGIN
            DELETE FROM slots WHERE session = new.row;
        END;
        -- What lives in its hosts while the store is migrated has its slots too.
        INSERT INTO slots (pool, session, interactive)
            SELECT 'global', row, 0 FROM sessions WHERE ended_at IS NULL
            UNION ALL SELECT 'provider:' || provider, row, 0 FROM sessions WHERE ended_at IS NULL
            UNION ALL SELECT 'module:' || module, row, 0 FROM sessions WHERE ended_at IS NULL AND module IS NOT NULL;

        CREATE TABLE kept_answers (
            key TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, job INTEGER NOT NULL, text TEXT NOT NULL, result TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE wishes (
            row INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, word TEXT NOT NULL, run INTEGER, job INTEGER,
            pool TEXT, value INTEGER
        ) STRICT;
        """
}
