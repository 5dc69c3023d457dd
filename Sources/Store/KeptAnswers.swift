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
