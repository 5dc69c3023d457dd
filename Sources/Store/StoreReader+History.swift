internal import GRDB
package import Model

/// Sessions that are alike as far as the past tells about the future.
package struct SessionKind: Sendable, Hashable {
    /// The batch that they were a part of; nil stands for any run.
    package var batch: String?
    /// The module that was asked, in a batch the row that was done; nil stands for any.
    package var module: String?
    /// Who answered.
    package var provider: String

    /// Sessions of `provider` with `module` in runs of `batch`.
    package init(batch: String? = nil, module: String?, provider: String) {
        self.batch = batch
        self.module = module
        self.provider = provider
    }
}

/// What one completed session took.
package struct PastSession: Sendable, Hashable {
    /// From the start of its process to its end, in milliseconds.
    package var milliseconds: Int64
    /// What it cost; nil when the provider did not say.
    package var cost: Money?

    /// A session that took this.
    package init(milliseconds: Int64, cost: Money?) {
        self.milliseconds = milliseconds
        self.cost = cost
    }
}

/// How much memory one session's largest process held at most.
package struct MemoryPeak: Sendable, Hashable {
    package let provider: String
    package let module: String?
    package let kibibytes: Int64
}

extension StoreReader {
    /// How long the newest completed sessions of a run took on average, up to fifty of them; nil when there is none.
    package func usualDuration(ofRun run: Identifier) throws -> Duration? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT avg(took) FROM (SELECT ended_at - started_at AS took FROM sessions
                    WHERE run = (SELECT row FROM runs WHERE id = ?) AND state = 'completed' AND ended_at >= started_at
                    ORDER BY row DESC LIMIT 50)
                """)
        return try Double.fetchOne(statement, arguments: [run.text]).map { .milliseconds(Int64($0)) }
    }

    /// The newest completed sessions of each kind, at most `count` of one.
    ///
    /// Only the newest `depth` sessions of the store are looked at, so that a large store answers as quickly as a small
    /// one. Kinds without any are not in the result.
    package func pastSessions(
        of kinds: Set<SessionKind>, each count: Int = 20, depth: Int = 10_000
    ) throws -> [SessionKind: [PastSession]] {
        guard !kinds.isEmpty else { return [:] }
        var query = Conditions()
        query.add("s.state = 'completed'")
        query.anyOf("s.provider", Set(kinds.map(\.provider)).sorted())
        query.add("s.row > (SELECT coalesce(max(row), 0) FROM sessions) - ?", depth)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT s.row, s.module, s.provider, coalesce(s.started_at, s.created_at) AS started_at, s.ended_at,
                    iif(r.kind = 'batch', r.name, NULL) AS batch
                FROM sessions s JOIN runs r ON r.row = s.run
                \(query.clause) ORDER BY s.row DESC
                """, arguments: query.arguments)
        var found: [SessionKind: [(row: Int64, milliseconds: Int64)]] = [:]
        while let row = try rows.next() {
            guard let start: Int64 = row["started_at"], let end: Int64 = row["ended_at"], start <= end else { continue }
            let (module, batch): (String?, String?) = (row["module"], row["batch"])
            let provider: String = row["provider"]
            var alike: Set<SessionKind> = [SessionKind(module: nil, provider: provider)]
            alike.insert(SessionKind(batch: batch, module: module, provider: provider))
            for kind in alike where kinds.contains(kind) && found[kind, default: []].count < count {
                found[kind, default: []].append((row["row"], end.saturating(minus: start)))
            }
        }
        let usage = try usageSums(ofSessions: Set(found.values.flatMap { $0.map(\.row) }).sorted())
        return found.mapValues { sessions in
            sessions.map { PastSession(milliseconds: $0.milliseconds, cost: usage[$0.row]?.usage.cost) }
        }
    }

    /// The most memory that one process of each of the newest sessions held, the newest session last.
    package func memoryPeaks(depth: Int = 200) throws -> [MemoryPeak] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT provider, module, json_extract(exit, '$.maxResidentKiB') AS peak FROM sessions
                WHERE exit IS NOT NULL AND row > (SELECT coalesce(max(row), 0) FROM sessions) - ? ORDER BY row
                """, arguments: [depth])
        return rows.compactMap { row in
            guard let peak: Int64 = row["peak"], peak > 0 else { return nil }
            return MemoryPeak(provider: row["provider"], module: row["module"], kibibytes: peak)
        }
    }
}
