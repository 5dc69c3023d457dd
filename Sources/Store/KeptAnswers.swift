internal import GRDB
package import Model

/// An answer that is kept under a hash of what it was made of.
package struct KeptAnswer: Sendable, Hashable {
    package var text: String
    /// The structured answer as JSON.
    package var result: String?
    package var at: Timestamp
}

extension StoreReader {
    /// The answer under `key`, unless it is older than `since`.
    package func keptAnswer(_ key: String, since: Timestamp?) throws -> KeptAnswer? {
        let row = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT text, result, at FROM kept_answers WHERE key = ? AND at >= ?"),
            arguments: [key, since?.milliseconds ?? 0])
        return row.map { KeptAnswer(text: $0[0], result: $0[1], at: Timestamp(milliseconds: $0[2])) }
    }
}

/// The answer of a job that has completed.
package struct CompletedAnswer: Sendable, Hashable {
    package var text: String
    /// The structured answer of its session as JSON.
    package var result: String?
    /// What the job needed beyond its columns, as JSON.
    package var spec: String
}

extension StoreReader {
    /// The completed jobs of a run that gave an answer, by their names: the rows that ``completedAnswer(_:)`` takes.
    package func completedJobs(ofRun run: Identifier) throws -> [String: Int64] {
        let rows = try Row.fetchCursor(
            try db.cachedStatement(
                sql: """
                    SELECT module, row FROM jobs WHERE run = (SELECT row FROM runs WHERE id = ?) AND state = 'completed'
                        AND kind NOT IN ('axis', 'matrix') AND module IS NOT NULL
                    """), arguments: [run.text])
        var jobs: [String: Int64] = [:]
        while let row = try rows.next() { jobs[row[0]] = row[1] }
        return jobs
    }

    /// The answer of the job of this row; nil when it is not completed any more. Of a run that is not whole the row may be
    /// another job's: ask ``isWhole(_:)`` in the same snapshot.
    package func completedAnswer(_ job: Int64) throws -> CompletedAnswer? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT m.content, (SELECT s.structured_output FROM sessions s WHERE s.job = j.row AND s.state = 'completed'
                    ORDER BY s.row DESC LIMIT 1), j.spec
                FROM jobs j JOIN messages m ON m.id = j.message WHERE j.row = ? AND j.state = 'completed'
                """)
        return try Row.fetchOne(statement, arguments: [job]).map {
            CompletedAnswer(text: $0[0] ?? "", result: $0[1], spec: $0[2])
        }
    }
}

extension StoreWriter {
    /// Keeps the answer of `job` under `key`, in place of an older one.
    package func keep(answer text: String, result: String?, of job: Identifier, under key: String, at: Timestamp) throws
    {
        try core.execute(
            "INSERT OR REPLACE INTO kept_answers (key, at, job, text, result) VALUES (?, ?, ?, ?, ?)",
            [
                key, at.milliseconds, try core.row(job, in: "jobs", kind: "job"), WriterCore.storable(text),
                result.map(WriterCore.storable),
            ])
    }
}
