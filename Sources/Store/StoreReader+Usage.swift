internal import GRDB
package import Model

extension StoreReader {
    /// Tokens and money by group, the largest first (days: the newest first).
    package func usage(
        by grouping: UsageGrouping, since: Timestamp? = nil, runs: Set<Identifier> = [], modules: Set<String> = []
    ) throws -> [UsageRow] {
        let (key, name) =
            switch grouping {
            case .module: ("s.module", "NULL")
            case .model: ("nullif(u.model, '')", "NULL")
            case .run: ("r.id", "r.name")
            case .session: ("s.id", "s.module")
            case .day: ("date(u.day * 86400, 'unixepoch')", "NULL")
            }
        var query = Conditions()
        if let since { query.add("u.day >= ?", since.milliseconds / 86_400_000) }
        query.anyOf("r.id", runs.map(\.text))
        query.anyOf("s.module", modules)
        let order = grouping == .day ? "1 DESC" : "total(u.cost_nanos) DESC, total(u.input + u.output) DESC, 1"
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(key) AS key, \(name) AS name, count(DISTINCT u.session) AS sessions, \(Self.sums) FROM usage u
                    JOIN sessions s ON s.row = u.session JOIN runs r ON r.row = s.run
                \(query.clause) GROUP BY 1 ORDER BY \(order)
                """, arguments: query.arguments)
        return rows.map { UsageRow(key: $0["key"], name: $0["name"], sum: sum($0), sessions: $0["sessions"]) }
    }

    /// Tokens and money of one session by model.
    package func usage(session: Identifier) throws -> [ModelUsage] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT u.model AS model, \(Self.sums) FROM usage u
                WHERE u.session = (SELECT row FROM sessions WHERE id = ?) GROUP BY u.model ORDER BY u.model
                """, arguments: [session.text])
        return rows.map { row in
            let model: String = row["model"]
            return ModelUsage(model: model.isEmpty ? nil : model, usage: sum(row).usage)
        }
    }

    /// What the sessions of a pool have stated to cost on a day (UTC, counted from 1970). Pools that the ledger does not know
    /// have cost nothing.
    package func spent(on day: Int64, in pool: Pool) throws -> Money {
        let listed: Money =
            switch pool {
            case .global: try usageSum("u.day = ?", [day]).knownCost
            case .module(let name): try usageSum(Self.sessions("module"), [day, name]).knownCost
            case .provider(let name): try usageSum(Self.sessions("provider"), [day, name]).knownCost
            case .machine, .named, .key, .group: .zero
            }
        return try listed + spentByDeleted(on: day, in: pool)
    }

    /// The rows of one day whose session has a value in this column.
    private static func sessions(_ column: String) -> String {
        "u.day = ? AND (SELECT s.\(column) FROM sessions s WHERE s.row = u.session) = ?"
    }

    private static let sums = """
        \(ledgerSum("input")) AS input, \(ledgerSum("cache_read")) AS cache_read,
        \(ledgerSum("cache_write")) AS cache_write, \(ledgerSum("output")) AS output,
        \(ledgerSum("reasoning")) AS reasoning, \(ledgerSum("cost_nanos")) AS cost, sum(u.unpriced) AS unpriced
        """

    /// The sum of a column of the ledger `u`, exact up to 2^53 (nine million dollars). `sum` fails where a hostile
    /// provider's statements pass the largest integer; the cast of a `total` stops there.
    static func ledgerSum(_ column: String) -> String { "CAST(total(u.\(column)) AS INTEGER)" }

    /// The sum over those rows of the ledger that a condition lets through.
    func usageSum(_ condition: String, _ arguments: StatementArguments) throws -> UsageSum {
        let statement = try db.cachedStatement(sql: "SELECT \(Self.sums) FROM usage u WHERE \(condition)")
        return try Row.fetchOne(statement, arguments: arguments).map { sum($0) } ?? .zero
    }

    /// The sums of these sessions; those without usage are not in it.
    func usageSums(ofSessions rows: [Int64]) throws -> [Int64: UsageSum] {
        try usageSums(
            """
            SELECT u.session AS row, \(Self.sums) FROM usage u WHERE u.session IN (SELECT value FROM json_each(?))
            GROUP BY u.session
            """, rows)
    }

    /// The sums of these runs; those without usage are not in it.
    func usageSums(ofRuns rows: [Int64]) throws -> [Int64: UsageSum] {
        try usageSums(
            """
            SELECT s.run AS row, \(Self.sums) FROM sessions s CROSS JOIN usage u ON u.session = s.row
            WHERE s.run IN (SELECT value FROM json_each(?)) GROUP BY s.run
            """, rows)
    }

    private func usageSums(_ sql: String, _ rows: [Int64]) throws -> [Int64: UsageSum] {
        let found = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: [Self.list(rows)])
        var sums: [Int64: UsageSum] = [:]
        while let row = try found.next() { sums[row["row"]] = sum(row) }
        return sums
    }

    private func sum(_ row: Row) -> UsageSum {
        let known = Money(nanos: row["cost"] ?? 0)
        let isUnknown = (row["unpriced"] ?? 0 as Int64) > 0
        let usage = Usage(
            input: row["input"] ?? 0, cacheRead: row["cache_read"] ?? 0, cacheWrite: row["cache_write"] ?? 0,
            output: row["output"] ?? 0, reasoning: row["reasoning"] ?? 0, cost: isUnknown ? nil : known)
        return UsageSum(usage: usage, knownCost: known, hasUnknownCost: isUnknown)
    }
}
