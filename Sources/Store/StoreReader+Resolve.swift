internal import GRDB
package import Model

extension StoreReader {
    /// The numbers above the table of `ps`.
    package func counts(since: Timestamp) throws -> StoreCounts {
        var counts = StoreCounts()
        let jobs = try Row.fetchAll(
            db, sql: "SELECT state, count(*) FROM jobs WHERE finished_at IS NULL GROUP BY state")
        for row in jobs {
            if (row[0] as String) == JobState.running.rawValue {
                counts.running += row[1]
            } else {
                counts.queued += row[1]
            }
        }
        counts.needsInput =
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND state = 'needs_input'") ?? 0
        counts.running = max(0, counts.running - counts.needsInput)
        counts.failed =
            try Int.fetchOne(
                db,
                sql:
                    "SELECT count(*) FROM jobs WHERE finished_at >= ? AND finished_at IS NOT NULL AND state = 'failed'",
                arguments: [since.milliseconds]) ?? 0
        counts.processing =
            try Int.fetchOne(db, sql: "SELECT count(*) FROM message_rows WHERE status = 'processing'") ?? 0
        counts.usage = try usageSum("u.day >= ?", [since.milliseconds / 86_400_000])
        return counts
    }

    /// What a prefix of at least four characters, a run's name, `@last` or `@last-failed` names.
    ///
    /// `ID/2` is the second attempt of a job. A run's whole name goes before a prefix that some identifier happens to have.
    /// Throws a `TuttiError` that lists the candidates when there are several, or says what to do when there is none.
    package func resolve(_ word: String) throws -> Named {
        switch word {
        case "@last", "@last-failed":
            let condition = word == "@last" ? "" : "WHERE state = 'failed'"
            guard
                let id = try String.fetchOne(db, sql: "SELECT id FROM runs \(condition) ORDER BY row DESC LIMIT 1"),
                let run = Identifier(id)
            else {
                throw TuttiError(
                    .notFound, word == "@last" ? "There is no run yet" : "No run has failed",
                    hint: "see what there is: tutti ps -a")
            }
            return .run(run)
        default: break
        }
        if let slash = word.lastIndex(of: "/"), let attempt = Int(word[word.index(after: slash)...]) {
            // A run may be named like that.
            if let run = try run(named: word) { return .run(run) }
            let named = try resolve(String(word[..<slash]))
            guard case .job(let job) = named else {
                throw TuttiError(
                    .usage, "\"\(word)\": only a job has attempts, and \(named.id.short) is a \(named.kind).",
                    hint: "see its sessions: tutti show \(named.id.short)")
            }
            return try session(job: job, attempt: attempt, word: word)
        }
        let exact = try run(named: word)
        if let prefix = Identifier.fold(word), prefix.utf8.count >= 4, prefix.utf8.count <= Identifier.length {
            // A name is typed as a whole; that some identifier begins alike is chance, and nobody means it.
            if let exact, prefix.utf8.count < Identifier.length { return .run(exact) }
            // What lists show goes first: a message that happens to begin alike is not what a person means.
            for tables in [Self.work, Self.talk] {
                var found = try candidates(prefix, in: tables)
                // Somebody named a run like a whole identifier.
                if let exact, !found.isEmpty, !found.contains(.run(exact)) { found.append(.run(exact)) }
                if let only = found.first, found.count == 1 { return only }
                if found.count > 1 { throw ambiguous(word, found) }
            }
        }
        if let exact { return .run(exact) }
        throw TuttiError(
            .notFound, "No run, job, session, thread or message is named \(word)",
            hint: word.count < 4
                ? "give at least four characters of an identifier, or @last; see: tutti ps -a" : "see: tutti ps -a")
    }

    private func run(named name: String) throws -> Identifier? {
        optionalIdentifier(
            try String.fetchOne(
                db, sql: "SELECT id FROM runs WHERE name = ? ORDER BY row DESC LIMIT 1", arguments: [name]))
    }

    /// How many characters tell an identifier apart from every other one that it could be taken for, at least four.
    package func shortestPrefix(of id: Identifier) throws -> Int {
        var longest = 3
        let isWork = try candidates(id.text, in: Self.work).isEmpty == false
        for table in isWork ? Self.work : Self.work + Self.talk {
            for (order, compare) in [("DESC", "<"), ("ASC", ">")] {
                let statement = try db.cachedStatement(
                    sql: "SELECT id FROM \(table.name) WHERE id \(compare) ? ORDER BY id \(order) LIMIT 1")
                guard let near = try String.fetchOne(statement, arguments: [id.text]) else { continue }
                longest = max(longest, zip(near.utf8, id.text.utf8).prefix { $0 == $1 }.count)
            }
        }
        return min(longest + 1, Identifier.length)
    }

    private struct Table {
        var name: String
        var make: @Sendable (Identifier) -> Named
    }

    private static let work = [
        Table(name: "runs") { .run($0) }, Table(name: "jobs") { .job($0) }, Table(name: "sessions") { .session($0) },
    ]
    private static let talk = [
        Table(name: "threads") { .thread($0) }, Table(name: "message_rows") { .message($0) },
    ]

    private func candidates(_ prefix: String, in tables: [Table]) throws -> [Named] {
        // An identifier has no character above Z, so that the range holds all that begin with the prefix.
        try tables.flatMap { table in
            try String.fetchAll(
                db, sql: "SELECT id FROM \(table.name) WHERE id >= ? AND id < ? ORDER BY id LIMIT 6",
                arguments: [prefix, prefix + "~"]
            ).compactMap { Identifier($0).map(table.make) }
        }
    }

    private func ambiguous(_ word: String, _ found: [Named]) -> TuttiError {
        let list = found.prefix(8).map { "  \($0.id.text)  \($0.kind)" }.joined(separator: "\n")
        return TuttiError(
            .usage, "\(word) can be several:\n\(list)",
            hint: "give more characters, or the identifier of the one that is meant")
    }

    private func session(job: Identifier, attempt: Int, word: String) throws -> Named {
        let id = try String.fetchOne(
            db,
            // An attempt that never began is repeated under its number; the one that did run is the later one.
            sql: """
                SELECT s.id FROM sessions s JOIN jobs j ON j.row = s.job WHERE j.id = ? AND s.attempt = ?
                ORDER BY s.row DESC LIMIT 1
                """,
            arguments: [job.text, attempt])
        guard let session = optionalIdentifier(id) else {
            throw TuttiError(.notFound, "\(word): there is no attempt \(attempt)", hint: "see: tutti show \(job.short)")
        }
        return .session(session)
    }
}
