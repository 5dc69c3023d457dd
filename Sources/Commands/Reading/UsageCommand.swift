import ArgumentParser
import Model
import Store

extension UsageGrouping: ExpressibleByArgument {}

/// `tutti usage`: tokens and money.
struct UsageCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Tokens and money, by module, model, run, day or session.",
        usage: "tutti usage [--by module] [--run RUN] [-m MODULE] [--since 7d] [--format csv]")

    @Option(help: "module, model, run, day or session.") var by: UsageGrouping = .module
    @Option(help: "Only these runs.") var run: [String] = []
    @Option(name: [.short, .long], help: "Only these modules.") var module: [String] = []
    @Option(help: "Only what is newer: 7d, today, 2026-11-21.") var since: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let now = context.now
        let grouping = by
        let rows: [UsageRow] =
            if let store = try context.storeForReading() {
                try store.read { reader in
                    let runs = Set(try run.map { try Names.run($0, in: reader) })
                    let since = try since.map { try Spans.moment($0, now: now) }
                    return try reader.usage(by: grouping, since: since, runs: runs, modules: Set(module))
                }
            } else { [] }
        let listing = Listing(
            records: rows.map { row in
                var object: JSONObject = [grouping.rawValue: .optional(row.key), "name": .optional(row.name)]
                for member in Records.usage(row.sum).members { object[member.key] = member.value }
                object["sessions"] = .integer(Int64(row.sessions))
                return object
            },
            columns: [grouping.rawValue, "input", "cache_read", "cache_write", "output", "total", "cost", "sessions"],
            identifier: grouping.rawValue,
            fields: [grouping.rawValue, "name"] + Records.usage(UsageSum.zero).members.map(\.key) + ["sessions"]
        ) { UsagePage.lines(rows, by: grouping, on: $0) }
        try listing.present(options, on: context.output)
    }
}

/// The table of `usage`.
enum UsagePage {
    /// One line per group, and the sum.
    static func lines(_ rows: [UsageRow], by grouping: UsageGrouping, on surface: Surface) -> [String] {
        guard !rows.isEmpty else { return ["no usage is recorded yet; providers state it when they answer"] }
        var table = Table([
            .init(title: grouping.rawValue.uppercased(), flexible: true), .init(title: "INPUT", right: true),
            .init(title: "CACHED", right: true, dropsAt: 2), .init(title: "OUTPUT", right: true),
            .init(title: "TOTAL", right: true, dropsAt: 1), .init(title: "COST", right: true),
            .init(title: "SESSIONS", right: true, dropsAt: 3),
        ])
        for row in rows { table.rows.append(cells(name(row, grouping), row.sum, row.sessions)) }
        if rows.count > 1 {
            let total = rows.reduce(UsageSum.zero) { sum, row in
                UsageSum(
                    usage: sum.usage + row.sum.usage, knownCost: sum.knownCost + row.sum.knownCost,
                    hasUnknownCost: sum.hasUnknownCost || row.sum.hasUnknownCost)
            }
            table.rows.append(cells("total", total, rows.reduce(0) { $0 + $1.sessions }).map { .init($0.text, .bold) })
        }
        return table.lines(on: surface)
    }

    private static func name(_ row: UsageRow, _ grouping: UsageGrouping) -> String {
        guard let key = row.key else { return grouping == .model ? "not named" : "no \(grouping.rawValue)" }
        switch grouping {
        case .run, .session:
            let short = Identifier(key)?.short ?? key
            return row.name.map { "\(short) \($0)" } ?? short
        case .module, .model, .day: return key
        }
    }

    private static func cells(_ name: String, _ sum: UsageSum, _ sessions: Int) -> [Table.Cell] {
        let usage = sum.usage
        let cost =
            usage.cost.map { Amounts.money($0) }
            ?? (sum.knownCost > .zero ? ">= " + Amounts.money(sum.knownCost) : "?")
        return [
            .init(name), .init(Amounts.grouped(usage.input)),
            .init(Amounts.grouped(usage.cacheRead + usage.cacheWrite)),
            .init(Amounts.grouped(usage.output)), .init(Amounts.grouped(usage.total)), .init(cost),
            .init("\(sessions)"),
        ]
    }
}
