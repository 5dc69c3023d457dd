import Glibc
import TestSupport

/// Another program, written in Python with nothing but its standard library, that knows the store only from its document.
enum Outside {
    /// The system's own, where there is one: a wrapper in PATH may need a home of the person's.
    private static let python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"

    /// The rows of a query, read once.
    static func query(_ store: String, _ sql: String, _ values: String...) throws -> Fields {
        try script(reader, [store, "0", sql] + values)
    }

    /// The rows of a query, as soon as there are any.
    @discardableResult
    static func until(_ store: String, _ sql: String, _ values: String...) throws -> Fields {
        let rows = try script(reader, [store, "\(TestTime.limit.components.seconds)", sql] + values)
        guard !rows.list.isEmpty else { throw TestFailure("never true in the store: \(sql) \(values)") }
        return rows
    }

    /// Every different `[status, length]` of a message that a poller sees until it is no longer `processing`, and at the
    /// end `[status, content, error_class, error]`.
    static func watch(_ store: String, thread: String, message: String) throws -> Fields {
        try script(
            """
            import json, sqlite3, sys, time
            store, thread, message, limit = sys.argv[1:]
            seen, end = [], time.monotonic() + float(limit)
            while time.monotonic() < end:
                db = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5)
                row = db.execute("select status, content, error_class, error from messages where thread_id = ? and id = ?",
                                 (thread, message)).fetchone()
                db.close()
                if [row[0], len(row[1])] not in seen[-1:]:
                    seen.append([row[0], len(row[1])])
                if row[0] != "processing":
                    break
                time.sleep(0.02)
            print(json.dumps([seen, row]))
            """, [store, thread, message, "\(TestTime.limit.components.seconds)"])
    }

    /// Writes to the store behind Tutti's back.
    static func execute(_ store: String, _ sql: String) throws {
        _ = try script(
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1], timeout=5)
            db.execute(sys.argv[2])
            db.commit()
            print("[]")
            """, [store, sql])
    }

    /// Runs a script that prints one JSON document.
    static func script(_ text: String, _ arguments: [String]) throws -> Fields {
        let result = try run([python, "-c", text] + arguments, limit: TestTime.limit * 2)
        guard result.status == 0 else { throw TestFailure("python: \(result.errors)") }
        return try Fields(result.output)
    }

    private static let reader = """
        import json, sqlite3, sys, time
        store, limit, sql, *values = sys.argv[1:]
        end = time.monotonic() + float(limit)
        while True:
            rows = []
            try:
                db = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=5)
                rows = db.execute(sql, values).fetchall()
                db.close()
            except sqlite3.OperationalError as error:
                if time.monotonic() >= end:
                    raise
            if rows or time.monotonic() >= end:
                break
            time.sleep(0.01)
        print(json.dumps(rows))
        """
}
