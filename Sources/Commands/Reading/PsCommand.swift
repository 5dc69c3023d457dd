import ArgumentParser
import Model
import Settings
import Store

/// `tutti ps`: what runs, what waits, what failed.
struct PsCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Sessions and jobs: what runs, what waits.",
        usage: "tutti ps [QUERY …] [-a] [--state S] [-m MODULE] [--run RUN] [--since 1h] [--sort -cost] [-w]",
        discussion: "A query narrows: state=running 'cost>0.05' module~pay 'age>2m'.")

    @Argument(help: "Conditions on fields, or words to find.") var query: [String] = []
    @Flag(name: [.short, .long], help: "Also what is over.") var all = false
    @Option(help: "Only these states.") var state: [String] = []
    @Option(name: [.short, .long], help: "Only these modules.") var module: [String] = []
    @Option(help: "Only this run.") var run: String?
    @Option(help: "Only what began after: 1h, today, 2026-11-21T12:00.") var since: String?
    @Option(parsing: .unconditional, help: "Sort by a field; -field sorts downwards.") var sort: String?
    @Option(help: "The fields to show, separated by commas.") var columns: String?
    @Option(help: "At most so many.") var limit = 100
    @Option(help: "Show again every so often (-w is every 2 s).") var watch: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        try Watching.repeat(every: watch, context) { surface in
            try listing(in: context, surface)
        } present: {
            try $0.present(options, on: context.output)
        }
    }

    /// Conditions and an order need the rows themselves; older ones than so many are not looked at, and that is said.
    private static let mostExamined = 10_000

    private func listing(in context: CommandContext, _ surface: Surface) throws -> Listing {
        let now = context.now
        let query = try RowQuery(query)
        let states = Set(state.flatMap { $0.split(separator: ",").map { String($0).trimmedSpaces } })
        try check(query, states)
        guard let store = try context.storeForReading() else {
            return Listing(records: [], columns: fields, fields: WorkRow.fields) {
                WorkTable.lines([], counts: StoreCounts(), extent: .init(), on: $0, now: now)
            }
        }
        let showsAll = all || !state.isEmpty || run != nil || !self.query.isEmpty || since != nil
        var extent = WorkTable.Extent(showsAll: showsAll)
        let examines = !states.isEmpty || !self.query.isEmpty || sort != nil
        let (rows, listed, counts) = try store.read { reader in
            var filter = ListFilter()
            filter.modules = Set(module)
            filter.unfinishedOnly = !showsAll
            filter.states = Set(states.flatMap(WorkRow.jobStates(shownAs:)).map(\.rawValue))
            filter.limit = examines ? max(limit, PsCommand.mostExamined) : limit
            if let since { filter.since = try Spans.moment(since, now: now) }
            if let run { filter.runs = [try Names.run(run, in: reader)] }
            let jobs = try reader.jobs(filter)
            let listed = jobs.count < filter.limit ? jobs.count : try reader.jobCount(filter)
            if showsAll {
                // An empty table says whether there is anything at all.
                extent.existing = jobs.isEmpty ? try reader.jobCount() : listed
            } else {
                filter.unfinishedOnly = false
                extent.existing = try reader.jobCount(filter)
            }
            extent.closed = try reader.closedPools()
            let today = Timestamp(milliseconds: now.milliseconds - now.milliseconds % 86_400_000)
            return (try WorkRow.rows(of: jobs, reader), listed, try reader.counts(since: today))
        }
        var shown: [(row: WorkRow, record: JSONObject)] = []
        for row in rows where states.isEmpty || !states.isDisjoint(with: row.allStates) {
            let record = row.record(at: now)
            if try query.matches(record) { shown.append((row, record)) }
        }
        if let sort { try order(&shown, by: sort) }
        extent.matching = examines ? shown.count : listed
        extent.unexamined = examines ? listed - rows.count : 0
        shown = Array(shown.prefix(limit))
        extent.shown = shown.count
        // Under a table it stands as its last line.
        if options.json != nil || options.format != nil || options.plain || columns != nil {
            for line in extent.cuts { context.output.note(once: "note: " + line) }
        }
        let (chosen, said) = (columns == nil ? nil : fields, extent)
        return Listing(
            records: shown.map(\.record), columns: fields, fields: WorkRow.fields,
            rows: shown.compactMap { $0.record["id"]?.string }
        ) { surface in
            if let chosen { return RecordTable.lines(shown.map(\.record), columns: chosen, on: surface) }
            return WorkTable.lines(shown.map(\.row), counts: counts, extent: said, on: surface, now: now)
        }
    }

    /// What was asked for must exist, also where there is nothing to show.
    private func check(_ query: RowQuery, _ states: Set<String>) throws(TuttiError) {
        try Vocabulary.check(states.sorted(), "state", among: WorkRow.states)
        try query.check(WorkRow.fields)
        try FieldNames.check(fields, among: WorkRow.fields)
        if let sort { try FieldNames.check([field(sort)], among: WorkRow.fields) }
        guard limit > 0 else {
            throw TuttiError(.usage, "--limit \(limit) shows nothing.", hint: "give a number from 1 on")
        }
    }

    private var fields: [String] {
        columns?.split(separator: ",").map { String($0).trimmedSpaces }
            ?? ["id", "run", "module", "state", "age_ms", "tokens", "cost", "activity"]
    }

    /// The field that `sort` names.
    private func field(_ sort: String) -> String {
        let name = sort.hasPrefix("-") ? String(sort.dropFirst()) : sort
        return switch name {
        case "cost": "cost_micros"
        case "age": "age_ms"
        default: name
        }
    }

    private func order(_ rows: inout [(row: WorkRow, record: JSONObject)], by sort: String) throws(TuttiError) {
        let isDown = sort.hasPrefix("-")
        let name = field(sort)
        func isBefore(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
            if let left = left?.number, let right = right?.number { return left < right }
            if left?.number != nil || right?.number != nil { return left?.number == nil }
            return (left?.cell ?? "") < (right?.cell ?? "")
        }
        rows.sort { isDown ? isBefore($1.record[name], $0.record[name]) : isBefore($0.record[name], $1.record[name]) }
    }
}
