extension Schema {
    /// The tables and views of version 1. `Documentation/Store.md` says which of them other programs may rely on.
    ///
    /// Times are milliseconds since 1970 (UTC). Tables refer to each other by `row`; people by `id`. Wide columns stand
    /// last, so that a scan which does not ask for them never reads their pages.
    static let version1 = """
        CREATE TABLE store (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE coordinators (
            id TEXT PRIMARY KEY NOT NULL, epoch INTEGER NOT NULL, pid INTEGER NOT NULL, kind TEXT NOT NULL,
            started_at INTEGER NOT NULL, heartbeat INTEGER NOT NULL, ended_at INTEGER, lock TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT, project TEXT, key TEXT,
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
            owner TEXT, exit INTEGER, first_event INTEGER NOT NULL, cancel_requested_at INTEGER,
            created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,
            question TEXT, outcome TEXT, spec TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX runs_by_key ON runs (key) WHERE key IS NOT NULL;
        CREATE INDEX runs_by_name ON runs (name) WHERE name IS NOT NULL;
        CREATE INDEX runs_unfinished ON runs (owner) WHERE finished_at IS NULL;
        CREATE INDEX runs_failed ON runs (state, row) WHERE state = 'failed';

        CREATE TABLE jobs (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, run INTEGER NOT NULL REFERENCES runs, position INTEGER NOT NULL,
            kind TEXT NOT NULL, module TEXT, path TEXT, key TEXT,
            state TEXT NOT NULL CHECK (state IN ('queued', 'waiting', 'held', 'parked', 'blocked', 'running', 'completed',
                'failed', 'cancelled', 'skipped')),
            priority INTEGER NOT NULL, pool TEXT, attempts INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL,
            thread TEXT, message TEXT, failure_class TEXT, not_before INTEGER, cancel_requested_at INTEGER,
            created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,
            dependencies TEXT NOT NULL, failure TEXT, spec TEXT NOT NULL
        ) STRICT;
        CREATE INDEX jobs_by_run ON jobs (run, position);
        CREATE INDEX jobs_unfinished ON jobs (state) WHERE finished_at IS NULL;
        CREATE INDEX jobs_finished ON jobs (finished_at, state) WHERE finished_at IS NOT NULL;
        CREATE INDEX jobs_cancelling ON jobs (run) WHERE cancel_requested_at IS NOT NULL AND finished_at IS NULL;

        CREATE TABLE sessions (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, job INTEGER NOT NULL REFERENCES jobs,
            run INTEGER NOT NULL REFERENCES runs, message INTEGER, module TEXT, attempt INTEGER NOT NULL,
            provider TEXT NOT NULL, model TEXT, provider_session TEXT,
            state TEXT NOT NULL CHECK (state IN ('starting', 'running', 'needs_input', 'ending', 'completed', 'failed',
                'cancelled', 'lost')),
            owner TEXT NOT NULL, epoch INTEGER NOT NULL, first_event INTEGER NOT NULL, dialect_version INTEGER NOT NULL,
            host_pid INTEGER, host_start_time INTEGER, boot_id TEXT, pid_namespace INTEGER, provider_pid INTEGER,
            ended_by TEXT, failure_class TEXT,
            created_at INTEGER NOT NULL, started_at INTEGER, first_token_at INTEGER, ended_at INTEGER,
            folder TEXT NOT NULL, working_directory TEXT NOT NULL,
            exit TEXT, failure TEXT, structured_output TEXT, definition TEXT NOT NULL
        ) STRICT;
        CREATE INDEX sessions_by_job ON sessions (job);
        CREATE INDEX sessions_by_run ON sessions (run);
        CREATE INDEX sessions_unfinished ON sessions (owner) WHERE ended_at IS NULL;

        -- Apart from `sessions`, whose rows are long: this is written once a second for every live session.
        CREATE TABLE session_progress (
            session INTEGER PRIMARY KEY, offset INTEGER NOT NULL, event_id INTEGER NOT NULL, activity TEXT
        ) STRICT;

        CREATE TABLE threads (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, module TEXT, project TEXT, title TEXT, created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE message_rows (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, thread INTEGER NOT NULL REFERENCES threads,
            job INTEGER, session INTEGER, module TEXT,
            role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
            status TEXT NOT NULL CHECK (status IN ('processing', 'completed', 'failed', 'cancelled')),
            turn INTEGER NOT NULL, created_at INTEGER NOT NULL, completed_at INTEGER, error_class TEXT, usage TEXT, error TEXT,
            content TEXT
        ) STRICT;
        CREATE INDEX message_rows_by_thread ON message_rows (thread);
        CREATE INDEX message_rows_by_status ON message_rows (status);
        CREATE INDEX message_rows_by_job ON message_rows (job) WHERE job IS NOT NULL;
        CREATE INDEX message_rows_by_session ON message_rows (session) WHERE session IS NOT NULL;

        CREATE TABLE message_parts (
            message_id INTEGER NOT NULL, block INTEGER NOT NULL, n INTEGER NOT NULL, event INTEGER NOT NULL, key TEXT,
            text TEXT NOT NULL, PRIMARY KEY (message_id, block, n)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE blocks (
            row INTEGER PRIMARY KEY, session INTEGER, message INTEGER, ordinal INTEGER, kind TEXT NOT NULL, key TEXT, role TEXT,
            module TEXT, run INTEGER, is_error INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL, ended_at INTEGER,
            name TEXT, input TEXT, text TEXT
        ) STRICT;
        CREATE INDEX blocks_by_session ON blocks (session) WHERE session IS NOT NULL;
        CREATE INDEX blocks_by_message ON blocks (message, ordinal) WHERE message IS NOT NULL;

        CREATE VIRTUAL TABLE blocks_search USING fts5 (
            name, input, text, content='blocks', content_rowid='row', tokenize="unicode61 remove_diacritics 2"
        );
        CREATE TRIGGER blocks_search_insert AFTER INSERT ON blocks BEGIN
            INSERT INTO blocks_search (rowid, name, input, text) VALUES (new.row, new.name, new.input, new.text);
        END;
        CREATE TRIGGER blocks_search_delete AFTER DELETE ON blocks BEGIN
            INSERT INTO blocks_search (blocks_search, rowid, name, input, text)
            VALUES ('delete', old.row, old.name, old.input, old.text);
        END;
        CREATE TRIGGER blocks_search_update AFTER UPDATE OF name, input, text ON blocks BEGIN
            INSERT INTO blocks_search (blocks_search, rowid, name, input, text)
            VALUES ('delete', old.row, old.name, old.input, old.text);
            INSERT INTO blocks_search (rowid, name, input, text) VALUES (new.row, new.name, new.input, new.text);
        END;

        CREATE TABLE usage (
            session INTEGER NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL, input INTEGER NOT NULL,
            cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
            cost_nanos INTEGER NOT NULL, unpriced INTEGER NOT NULL, PRIMARY KEY (session, model, day)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX usage_by_day ON usage (day, input, cache_read, cache_write, output, reasoning, cost_nanos, unpriced);

        CREATE TABLE event_types (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type INTEGER NOT NULL, run INTEGER, job INTEGER,
            session INTEGER, block INTEGER, offset INTEGER, data TEXT
        ) STRICT;

        \(views)
        """

    private static let views = """
        CREATE VIEW messages AS
        SELECT m.id AS id, (SELECT id FROM threads WHERE row = m.thread) AS thread_id, m.module AS module, m.role AS role,
            m.status AS status,
            CASE WHEN m.content IS NOT NULL THEN m.content ELSE coalesce((SELECT group_concat(text, '') FROM
                (SELECT text FROM message_parts WHERE message_id = m.row ORDER BY block, n)), '') END AS content,
            m.error_class AS error_class, m.error AS error, m.usage AS usage, m.created_at AS created_at,
            m.completed_at AS completed_at, m.turn AS turn,
            (SELECT j.id FROM jobs j WHERE j.row = m.job) AS job_id,
            (SELECT r.id FROM jobs j JOIN runs r ON r.row = j.run WHERE j.row = m.job) AS run_id,
            (SELECT s.id FROM sessions s WHERE s.row = m.session) AS session_id, m.row AS row
        FROM message_rows m;

        CREATE VIEW processing_messages AS SELECT * FROM messages WHERE status = 'processing';

        CREATE VIEW event_log AS
        SELECT e.id AS seq, e.at AS at, t.name AS type, coalesce(r.id, rs.id) AS run_id, coalesce(j.id, js.id) AS job_id,
            s.id AS session_id, coalesce(s.module, j.module) AS module, e.offset AS offset,
            CASE WHEN e.block IS NULL THEN e.data
                WHEN t.name = 'text.block' THEN json_object('block', b.key, 'text', b.text)
                WHEN t.name = 'tool.started' THEN json_object('id', b.key, 'name', b.name, 'input', b.input)
                ELSE json_object('id', b.key, 'name', b.name, 'is_error', json(iif(b.is_error, 'true', 'false')),
                    'output', b.text) END AS data
        FROM events e LEFT JOIN event_types t ON t.number = e.type LEFT JOIN sessions s ON s.row = e.session
            LEFT JOIN jobs j ON j.row = e.job LEFT JOIN jobs js ON js.row = coalesce(s.job, e.job)
            LEFT JOIN runs r ON r.row = e.run LEFT JOIN runs rs ON rs.row = coalesce(s.run, js.run)
            LEFT JOIN blocks b ON b.row = e.block;

        CREATE VIEW usage_ledger AS
        SELECT s.id AS session_id, r.id AS run_id, s.module AS module, nullif(u.model, '') AS model,
            date(u.day * 86400, 'unixepoch') AS day, u.input AS input, u.cache_read AS cache_read,
            u.cache_write AS cache_write, u.output AS output, u.reasoning AS reasoning,
            CASE WHEN u.unpriced = 0 THEN u.cost_nanos / 1e9 END AS cost, u.cost_nanos / 1e9 AS known_cost
        FROM usage u JOIN sessions s ON s.row = u.session JOIN runs r ON r.row = s.run;
        """
}
