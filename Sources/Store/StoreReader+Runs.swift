internal import GRDB
package import Model

extension StoreReader {
    /// Runs, the newest first.
    package func runs(_ filter: ListFilter = ListFilter()) throws -> [RunRow] {
        var query = Conditions()
        query.anyOf("r.state", filter.states)
        query.anyOf("r.id", filter.runs.map(\.text))
        if filter.unfinishedOnly { query.add("r.row IN (SELECT row FROM runs WHERE finished_at IS NULL)") }
        if let since = filter.since { query.add("r.created_at >= ?", since.milliseconds) }
        if !filter.modules.isEmpty {
            query.anyOf("module", filter.modules, around: "EXISTS (SELECT 1 FROM jobs WHERE run = r.row AND %)")
        }
        return try runRows(query, limit: filter.limit)
    }

    /// One run, nil when there is none.
    package func run(_ id: Identifier) throws -> RunRow? {
        var query = Conditions()
        query.add("r.id = ?", id.text)
        return try runRows(query, limit: 1).first
    }

    /// The runs of these rows, the oldest first.
    func runs(rows: [Int64]) throws -> [RunRow] {
        var query = Conditions()
        query.add("r.row IN (SELECT value FROM json_each(?))", Self.list(rows))
        return try runRows(query, limit: .max).reversed()
    }

    /// The run with this key, nil when there is none.
    package func run(key: String) throws -> RunRow? {
        var query = Conditions()
        query.add("r.key = ?", key)
        return try runRows(query, limit: 1).first
    }

    /// Jobs, the newest first; those of one run in the order of the run. Of unfinished ones those that run come before all
    /// that wait: what is at work now is not behind the limit.
    package func jobs(_ filter: ListFilter = ListFilter()) throws -> [JobRow] {
        let order = filter.runs.count == 1 ? "j.position, j.row" : "j.row DESC"
        let jobs = try jobRows(jobConditions(filter), order: order, limit: filter.limit)
        guard filter.unfinishedOnly else { return jobs }
        // Few run, and their index knows them: to sort all that wait by it would look at each.
        let running =
            jobs.count < filter.limit
            ? jobs.filter { $0.state == .running }
            : try jobRows(jobConditions(filter, "state = 'running'"), order: order, limit: filter.limit)
        return Array((running + jobs.filter { $0.state != .running }).prefix(filter.limit))
    }

    /// How many jobs ``jobs(_:)`` would list without a limit.
    package func jobCount(_ filter: ListFilter = ListFilter()) throws -> Int {
        let query = jobConditions(filter)
        return try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT count(*) FROM jobs j JOIN runs r ON r.row = j.run \(query.clause)"),
            arguments: query.arguments) ?? 0
    }

    /// The conditions of a list; of unfinished jobs with one more, for their own index.
    private func jobConditions(_ filter: ListFilter, _ part: String = "1 = 1") -> Conditions {
        var query = Conditions()
        query.anyOf("j.state", filter.states)
        query.anyOf("j.module", filter.modules)
        query.anyOf("j.id", filter.jobs.map(\.text))
        query.anyOf("r.id", filter.runs.map(\.text))
        if filter.unfinishedOnly {
            query.add("j.row IN (SELECT row FROM jobs WHERE finished_at IS NULL AND \(part))")
        }
        if let since = filter.since { query.add("j.created_at >= ?", since.milliseconds) }
        return query
    }

    /// One job, nil when there is none.
    package func job(_ id: Identifier) throws -> JobRow? {
        var query = Conditions()
        query.add("j.id = ?", id.text)
        return try jobRows(query, order: "j.row", limit: 1).first
    }

    /// A run with its jobs and sessions, and with its messages unless they are not wanted: they can be long.
    package func runDetail(_ id: Identifier, withMessages: Bool = true) throws -> RunDetail? {
        guard let run = try run(id) else { return nil }
        var filter = ListFilter()
        filter.runs = [id]
        filter.limit = .max
        var messages = Conditions()
        messages.add(
            "m.row IN (SELECT row FROM message_rows WHERE job IN (SELECT row FROM jobs WHERE run = ?))", run.row)
        return RunDetail(
            run: run, jobs: try jobs(filter), sessions: try sessions(filter).reversed(),
            messages: withMessages ? try messageRows(messages, order: "m.row", limit: .max) : [])
    }

    private func runRows(_ query: Conditions, limit: Int) throws -> [RunRow] {
        let statement = try db.cachedStatement(
            sql: "SELECT r.* FROM runs r \(query.clause) ORDER BY r.row DESC LIMIT ?")
        let rows = try Row.fetchCursor(statement, arguments: query.arguments + [limit])
        var runs: [RunRow] = []
        while let row = try rows.next() {
            runs.append(
                RunRow(
                    row: row["row"], id: try identifier(row["id"]), kind: row["kind"], name: row["name"],
                    question: row["question"], project: row["project"], key: row["key"],
                    state: try word(row["state"]), spec: row["spec"], owner: optionalIdentifier(row["owner"]),
                    exit: row["exit"], outcome: row["outcome"], cancelRequestedAt: time(row["cancel_requested_at"]),
                    createdAt: Timestamp(milliseconds: row["created_at"]), startedAt: time(row["started_at"]),
                    finishedAt: time(row["finished_at"]), jobs: [:], usage: .zero))
        }
        let jobs = try jobCounts(ofRuns: runs.map(\.row))
        let usage = try usageSums(ofRuns: runs.map(\.row))
        for index in runs.indices {
            runs[index].jobs = jobs[runs[index].row] ?? [:]
            runs[index].usage = usage[runs[index].row] ?? .zero
        }
        return runs
    }

    private func jobCounts(ofRuns runs: [Int64]) throws -> [Int64: [JobState: Int]] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT run, state, count(*) FROM jobs WHERE run IN (SELECT value FROM json_each(?)) GROUP BY run, state
                """)
        let rows = try Row.fetchCursor(statement, arguments: [Self.list(runs)])
        var counts: [Int64: [JobState: Int]] = [:]
        while let row = try rows.next() {
            if let state = JobState(rawValue: row[1]) { counts[row[0], default: [:]][state] = row[2] }
        }
        return counts
    }

    func jobRows(_ query: Conditions, order: String, limit: Int) throws -> [JobRow] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT j.*, r.id AS run_id, r.name AS run_name FROM jobs j JOIN runs r ON r.row = j.run \(query.clause)
                ORDER BY \(order) LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: query.arguments + [limit])
        var jobs: [JobRow] = []
        while let row = try rows.next() {
            jobs.append(
                JobRow(
                    row: row["row"], id: try identifier(row["id"]), run: try identifier(row["run_id"]),
                    runName: row["run_name"], position: row["position"], kind: row["kind"], module: row["module"],
                    path: row["path"], key: row["key"], state: try word(row["state"]), priority: row["priority"],
                    pool: row["pool"], attempts: row["attempts"], maxAttempts: row["max_attempts"],
                    dependencies: identifiers(row["dependencies"]), thread: optionalIdentifier(row["thread"]),
                    message: optionalIdentifier(row["message"]), spec: row["spec"],
                    failureClass: optionalWord(row["failure_class"]), failure: row["failure"],
                    notBefore: time(row["not_before"]), cancelRequestedAt: time(row["cancel_requested_at"]),
                    tries: row["tries"], heldAt: time(row["held_at"]),
                    createdAt: Timestamp(milliseconds: row["created_at"]), startedAt: time(row["started_at"]),
                    finishedAt: time(row["finished_at"])))
        }
        return jobs
    }

    /// The identifiers in an array of JSON.
    func identifiers(_ json: String) -> [Identifier] {
        json.split(separator: "\"").compactMap { $0.utf8.count == Identifier.length ? Identifier(String($0)) : nil }
    }
}
