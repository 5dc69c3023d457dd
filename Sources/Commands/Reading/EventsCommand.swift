import ArgumentParser
import Glibc
import Model
import Settings
import Store

/// `tutti events`: the event log, one JSON object a line.
struct EventsCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Everything that happened, one JSON object a line.",
        usage: "tutti events [ID …] [-f] [--from SEQ] [--type T …] [--until-done]")

    @Argument(help: "Only of these runs, jobs, sessions.") var ids: [String] = []
    @Flag(
        name: [.short, .long], help: "Go on as events come, until what is named is over; a heartbeat every 15 s.")
    var follow = false
    @Option(name: .customLong("from"), help: "Only what follows this number; `now` for what comes.") var from: String?
    @Option(help: "Only these types: text.delta, tool.*, …") var type: [String] = []
    @Flag(help: "The same as -f, which needs something that is named.") var untilDone = false
    @OptionGroup var options: GlobalOptions

    private static let heartbeat = Duration.seconds(15)

    var shape: OutputShape? { .events }

    func run(in context: CommandContext) throws {
        let lines = try EventLines(options, on: context.output.data)
        let store = try context.existingStore()
        let (targets, found, start) = try store.read { reader in
            let targets = try ids.map { try reader.resolve($0) }
            return (
                targets, targets.isEmpty ? EventFilter() : try Names.events(of: targets, in: reader),
                from == "now" ? try reader.newestEvent() : try number()
            )
        }
        var filter = found
        filter.types = try types()
        if untilDone, targets.isEmpty {
            throw TuttiError(.usage, "--until-done needs a run or session.", hint: "tutti events @last --until-done")
        }
        try follow(store, targets, filter, from: start, lines, context.output)
    }

    private func follow(
        _ store: Store, _ targets: [Named], _ filter: EventFilter, from start: Int64, _ lines: EventLines,
        _ output: Output
    ) throws {
        func tell(_ event: Event) { output.jsonLine(lines.line(JSONValue.object(event.json).text)) }
        output.lines(lines.head)
        let goesOn = follow || untilDone
        let signals = Signals.listen(goesOn ? [SIGINT, SIGTERM] : [])
        let news = NewsWaiter(storePath: store.path, signals: signals)
        var cursor = EventCursor(store, after: start, filter: filter)
        var lastLine = ContinuousClock.now
        while true {
            let isOver = try !goesOn || (!targets.isEmpty && targets.allSatisfy { try LogFollow.isOver($0, in: store) })
            let page = try cursor.next()
            if let gap = page.gapUntil {
                tell(Event(time: WallClock.now(), type: .gap, data: ["until": .integer(gap)]))
            }
            output.jsonLines(page.events.map { lines.line($0.line) })
            if !page.events.isEmpty { lastLine = .now }
            guard page.next >= page.newest else { continue }
            if isOver { return }
            if case .signal(let signal) = news.wait() { throw Exit(signal == SIGINT ? .interrupted : .terminated) }
            if ContinuousClock.now - lastLine >= EventsCommand.heartbeat {
                lastLine = .now
                tell(Event(sequence: cursor.position, time: WallClock.now(), type: .heartbeat))
            }
        }
    }

    private func number() throws -> Int64 {
        guard let from else { return 0 }
        guard let number = Int64(from), number >= 0 else {
            throw TuttiError(
                .usage, "\"\(from)\" is not the number of an event.",
                hint: "write --from SEQ with the `seq` of the last event that you saw, or --from now")
        }
        return number
    }

    private func types() throws -> Set<EventType> {
        var result: Set<EventType> = []
        for word in type.flatMap({ $0.split(separator: ",").map(String.init) }) {
            let found = EventType.allCases.filter { candidate in
                word.hasSuffix("*") ? candidate.rawValue.hasPrefix(word.dropLast()) : candidate.rawValue == word
            }
            guard !found.isEmpty else {
                let known = EventType.allCases.map(\.rawValue)
                throw TuttiError(
                    .usage, "There is no type of event \"\(word)\".",
                    hint: Suggestion.start(for: word, among: known) + "the types: " + known.joined(separator: ", "))
            }
            result.formUnion(found)
        }
        return result
    }
}
