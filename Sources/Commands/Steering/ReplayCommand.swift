import ArgumentParser
import Glibc
import Model
import Store

/// `tutti replay`: plays a recorded session again in its own time, or faster. Starts nothing.
struct ReplayCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Plays a recorded session again; starts nothing.",
        usage: "tutti replay SESSION [--speed 10]")

    @Argument(help: "A session, job or run.", completion: .identifiers) var id: String
    @Option(help: "1 is the recorded pace, 10 ten times as fast, 0 at once.") var speed = 1.0
    @Option(help: "none, short or full.") var tools: Transcript.ToolDetail = .short
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .events }

    func run(in context: CommandContext) throws {
        guard speed >= 0, speed.isFinite else {
            throw TuttiError(.usage, "--speed \(speed) cannot be.", hint: "1 is the recorded pace, 0 at once")
        }
        let lines = EventLines.areWanted(options) ? try EventLines(options, on: context.output.data) : nil
        let store = try context.existingStore()
        let sessions = try store.read { try Names.sessions(of: try $0.resolve(id), in: $0) }
        guard !sessions.isEmpty else {
            throw TuttiError(.notFound, "No session of \(id) has begun.", hint: "see: tutti show \(id)")
        }
        var filter = EventFilter()
        filter.sessions = Set(sessions.map(\.id))
        let signals = Signals.listen([SIGINT, SIGTERM])
        let tags = sessions.count > 1
        var transcript = Transcript(tools: tools, isLive: true, streams: !tags, glyphs: context.output.data.glyphs)
        var printer = TranscriptPrinter(context.output, showsTags: tags)
        var cursor = EventCursor(store, after: sessions.map(\.firstEvent).min() ?? 0, filter: filter)
        if let lines { context.output.lines(lines.head) }
        let started = ContinuousClock.now
        var first: Timestamp?
        while true {
            let page = try cursor.next()
            for stored in page.events {
                let origin = first ?? stored.time
                first = origin
                try pause(until: started, plus: stored.time.milliseconds - origin.milliseconds, signals)
                if let lines {
                    context.output.jsonLine(lines.line(stored.line))
                } else {
                    printer.write(transcript.apply(Event(stored)))
                }
            }
            if page.next >= page.newest { break }
        }
        printer.write(transcript.end())
        printer.finish()
    }

    private func pause(until started: ContinuousClock.Instant, plus milliseconds: Int64, _ signals: Signals) throws {
        guard speed > 0 else { return }
        let due = started + .milliseconds(min(Int64(saturating: Double(milliseconds) / speed), 1 << 50))
        while true {
            if let signal = signals.next() { throw Exit(signal == SIGINT ? .interrupted : .terminated) }
            let left = due - ContinuousClock.now
            guard left > .zero else { return }
            var waiting = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
            let wait = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            _ = poll(&waiting, 1, Int32(clamping: wait))
        }
    }
}
