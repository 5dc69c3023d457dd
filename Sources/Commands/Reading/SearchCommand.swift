import ArgumentParser
import Model
import Store

/// `tutti search`: full text over everything that was asked, said and done.
struct SearchCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Full text over all messages, tool calls included.",
        usage: "tutti search TEXT [-m MODULE] [--role R] [--run RUN] [--state S] [--since 7d] [-l] [-c] [--syntax]")

    @Argument(help: "Words that must all be there.") var text: [String]
    @Option(name: [.short, .long], help: "Only these modules.") var module: [String] = []
    @Option(help: "Only user, assistant, tool or system.") var role: [String] = []
    @Option(help: "Only these runs.") var run: [String] = []
    @Option(help: "Only sessions in this state.") var state: [String] = []
    @Option(help: "Only what is newer: 7d, today, 2026-11-21.") var since: String?
    @Option(help: "Lines around a place.") var context: Int = 1
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
        query.states = Set(state)
        query.limit = count ? 1_000_000 : limit
        for word in role {
            guard let role = MessageRole(rawValue: word) else {
                throw TuttiError(
                    .usage, "There is no role \"\(word)\".", hint: "the roles: user, assistant, tool, system")
            }
            query.roles.insert(role)
        }
        if let since { query.since = try Spans.moment(since, now: now) }
        let hits: [SearchHit] =
            if let store = try context.storeForReading() {
                try store.read { reader in
                    for word in run { query.runs.insert(try Names.find(word, in: reader).id) }
                    return try reader.search(query)
                }
            } else { [] }
        if count, options.json == nil { return context.output.line("\(hits.count)") }
        if ids {
            var seen: Set<Identifier> = []
            return context.output.lines(
                hits.compactMap { $0.session ?? $0.message }.filter { seen.insert($0).inserted }.map(\.text))
        }
        let took = ContinuousClock.now - started
        let listing = Listing(
            records: hits.map(SearchPage.record), columns: ["session", "module", "role", "time", "snippet"],
            identifier: "session"
        ) { SearchPage.lines(hits, took: took, on: $0, now: now) }
        try listing.present(options, on: context.output)
        if hits.isEmpty, options.json == nil, !options.quiet { throw Exit(.someFailed) }
    }
}
