import ArgumentParser
import Model
import Store

/// `tutti search`: full text over everything that was asked, said and done.
struct SearchCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Full text over all messages, tool calls included.",
        usage: "tutti search TEXT [-m MODULE] [--role R] [--run RUN] [--state S] [--since 7d] [-l] [-c] [--syntax]",
        discussion: "The exit status is 1 when nothing is found, in whatever form that is told.")

    @Argument(help: "Words that must all be there.") var text: [String]
    @Option(name: [.short, .long], help: "Only these modules.") var module: [String] = []
    @Option(help: "Only user, assistant, tool or system.") var role: [String] = []
    @Option(help: "Only these runs.") var run: [String] = []
    @Option(help: "Only sessions in this state.") var state: [String] = []
    @Option(help: "Only what is newer: 7d, today, 2026-11-21.") var since: String?
    @Option(help: "So many lines around each place, instead of a few words.") var context: Int?
    @Option(help: "At most so many places.") var limit = 20
    @Flag(name: [.customShort("l"), .customLong("ids")], help: "Only identifiers of sessions.") var ids = false
    @Flag(name: [.customShort("c"), .customLong("count")], help: "Only how many.") var count = false
    @Flag(help: "TEXT is FTS5 syntax: AND, OR, NOT, NEAR, \"a phrase\", prefix*.") var syntax = false
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let started = ContinuousClock.now
        let now = context.now
        var query = SearchQuery(text.joined(separator: " "))
        query.isSyntax = syntax
        query.modules = Set(module)
        let states = state.flatMap { $0.split(separator: ",").map { String($0).trimmedSpaces } }
        try Vocabulary.check(states, "state of a session", among: SessionState.allCases.map(\.rawValue))
        query.states = Set(states)
        query.limit = limit
        try Vocabulary.check(role, "role", among: MessageRole.allCases.map(\.rawValue))
        query.roles = Set(role.compactMap { MessageRole(rawValue: $0) })
        guard limit > 0 else {
            throw TuttiError(.usage, "--limit \(limit) finds nothing.", hint: "give a number from 1 on")
        }
        if let since { query.since = try Spans.moment(since, now: now) }
        if let lines = self.context, lines < 0 || lines > 1000 {
            throw TuttiError(.usage, "--context \(lines) cannot be.", hint: "give a number from 0 to 1000")
        }
        var places: [[String]] = []
        var hits: [SearchHit] = []
        var total = 0
        var all = 0
        if let store = try context.storeForReading() {
            (hits, places, total) = try store.read { reader in
                for word in run { query.runs.insert(try Names.run(word, in: reader)) }
                if count { return ([], [], try reader.searchCount(query)) }
                let hits = try reader.search(query)
                // Counted when there may be more than what is shown.
                all = hits.count < query.limit ? hits.count : max(hits.count, try reader.searchCount(query))
                guard let lines = self.context, !ids else { return (hits, [], hits.count) }
                return (hits, try hits.map { try SearchPlace.lines(of: $0, around: lines, in: reader) }, hits.count)
            }
        }
        let listing =
            count
            ? countListing(total)
            : ids ? idListing(hits) : placeListing(hits, places, of: all, started: started, now: now)
        try listing.present(options, on: context.output)
        // As of grep: nothing was found, in whatever form that was asked for.
        if total == 0 { throw Exit(.someFailed) }
    }

    private func countListing(_ total: Int) -> Listing {
        Listing(
            records: [["count": .integer(Int64(total))]], columns: ["count"], identifier: "count", isSingle: true
        ) { _ in ["\(total)"] }
    }

    private func idListing(_ hits: [SearchHit]) -> Listing {
        var seen: Set<Identifier> = []
        let found = hits.filter { ($0.session ?? $0.message).map { seen.insert($0).inserted } ?? false }
        let ids = found.compactMap { ($0.session ?? $0.message)?.text }
        return Listing(
            records: ids.map { ["id": .string($0)] }, columns: ["id"], fields: ["id"]
        ) { _ in ids }
    }

    private func placeListing(
        _ hits: [SearchHit], _ places: [[String]], of all: Int, started: ContinuousClock.Instant, now: Timestamp
    ) -> Listing {
        let took = ContinuousClock.now - started
        return Listing(
            records: hits.map(SearchPage.record), columns: ["session", "module", "role", "time", "snippet"],
            identifier: "session", fields: SearchPage.fields,
            rows: hits.map { ($0.session ?? $0.message ?? $0.run)?.text ?? "" }
        ) { SearchPage.lines(hits, places, of: all, took: took, on: $0, now: now) }
    }
}
