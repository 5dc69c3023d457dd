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
    @Option(help: "Sort by a field; -field sorts downwards.") var sort: String?
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

    private func listing(in context: CommandContext, _ surface: Surface) throws -> Listing {
        let now = context.now
        let query = try RowQuery(query)
        let states = Set(state.flatMap { $0.split(separator: ",").map { String($0).trimmedSpaces } })
        try check(query, states)
        guard let store = try context.storeForReading() else {
            return Listing(records: [], columns: fields, fields: WorkRow.fields) {
                WorkTable.lines([], counts: StoreCounts(), hidden: 0, showsAll: true, on: $0, now: now)
            }
        }
        let showsAll = all || !state.isEmpty || run != nil || !self.query.isEmpty || since != nil
        let (rows, hidden, counts) = try store.read { reader in
            var filter = ListFilter()
            filter.modules = Set(module)
            filter.unfinishedOnly = !showsAll
            filter.states = Set(states.flatMap(WorkRow.jobStates(shownAs:)).map(\.rawValue))
            // Conditions on what is shown are asked after the rows are read.
            filter.limit = states.isEmpty && self.query.isEmpty ? limit : max(limit, 10_000)
            if let since { filter.since = try Spans.moment(since, now: now) }
            if let run { filter.runs = [try runIdentifier(run, reader)] }
            let jobs = try reader.jobs(filter)
            var hidden = 0
            if !showsAll {
                filter.unfinishedOnly = false
                hidden = try reader.jobs(filter).count - jobs.count
            }
            var latest: [Identifier: SessionRow] = [:]
            if !jobs.isEmpty {
                var ofJobs = ListFilter()
                ofJobs.jobs = Set(jobs.map(\.id))
                ofJobs.limit = 10_000
                for session in try reader.sessions(ofJobs)
                where session.attempt > latest[session.job]?.attempt ?? 0 { latest[session.job] = session }
            }
            let today = Timestamp(milliseconds: now.milliseconds - now.milliseconds % 86_400_000)
            return (jobs.map { WorkRow(job: $0, session: latest[$0.id]) }, hidden, try reader.counts(since: today))
        }
        var shown: [(row: WorkRow, record: JSONObject)] = []
        for row in rows where states.isEmpty || !states.isDisjoint(with: row.allStates) {
            let record = row.record(at: now)
            if try query.matches(record) { shown.append((row, record)) }
        }
        if let sort { try order(&shown, by: sort) }
        shown = Array(shown.prefix(limit))
        let chosen = columns == nil ? nil : fields
        return Listing(
            records: shown.map(\.record), columns: fields, fields: WorkRow.fields,
            rows: shown.compactMap { $0.record["id"]?.string }
        ) { surface in
            if let chosen { return RecordTable.lines(shown.map(\.record), columns: chosen, on: surface) }
            return WorkTable.lines(
                shown.map(\.row), counts: counts, hidden: max(0, hidden), showsAll: showsAll, on: surface, now: now)
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

    private func runIdentifier(_ word: String, _ reader: StoreReader) throws -> Identifier {
        switch try reader.resolve(word) {
        case .run(let id): return id
        case .job(let id): return try reader.job(id)?.run ?? id
        case .session(let id): return try reader.session(id)?.run ?? id
        case .thread(let id), .message(let id):
            throw TuttiError(.usage, "\(id.short) is no run.", hint: "runs are in: tutti ps -a --columns run,run_name")
        }
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
