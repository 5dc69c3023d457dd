import Glibc
import Model
import Store

/// Prints the transcripts of some runs, jobs or sessions from the event log, and follows them when asked.
struct LogFollow {
    let store: Store
    let targets: [Named]
    let follows: Bool
    let last: Int?
    let since: Timestamp?
    let until: Timestamp?
    let tools: Transcript.ToolDetail
    /// Nil: when several sessions speak.
    let showsTags: Bool?
    /// Events in this form instead of a transcript.
    let events: EventLines?
    let output: Output

    /// Prints; returns at the end, or leaves with the status of a signal.
    func run() throws {
        let (first, filter, sessions) = try scope()
        let tags = showsTags ?? (sessions > 1)
        let signals = Signals.listen(follows ? [SIGINT, SIGTERM] : [])
        var transcript = Transcript(
            tools: tools, isLive: follows, streams: follows && !tags, glyphs: output.data.glyphs)
        var printer = TranscriptPrinter(output, showsTags: tags)
        var cursor = EventCursor(store, after: first, filter: filter)
        let news = NewsWaiter(storePath: store.path, signals: signals)
        var kept: [Transcript.Piece] = []
        if let events { output.lines(events.head) }
        while true {
            // Asked before the page is read: what was written before the end is then on the page.
            let isOver = try !follows || targets.allSatisfy { try LogFollow.isOver($0, in: store) }
            let page = try cursor.next()
            if let gap = page.gapUntil { output.note("note: events before \(gap) are no longer kept") }
            var pieces: [Transcript.Piece] = []
            for stored in page.events where isWanted(stored) {
                if let events {
                    output.jsonLine(events.line(stored.line))
                } else {
                    pieces += transcript.apply(Event(stored))
                }
            }
            let atEnd = page.next >= page.newest
            if last != nil, kept.count < 1_000_000, !follows || !atEnd {
                kept += pieces
            } else {
                if let last, !kept.isEmpty || !pieces.isEmpty {
                    printer.write((kept + pieces).suffix(last))
                    kept = []
                } else {
                    printer.write(pieces)
                }
            }
            guard atEnd else { continue }
            if isOver { break }
            if case .signal(let signal) = news.wait() {
                printer.finish()
                let target = targets.first?.id.short ?? ""
                if signal == SIGINT { output.note("stopped following; it goes on (tutti cancel \(target) to stop it)") }
                throw Exit(signal == SIGINT ? .interrupted : .terminated)
            }
        }
        printer.write(transcript.apply(end: last, kept: kept))
        printer.finish()
    }

    private func isWanted(_ event: StoredEvent) -> Bool {
        if let since, event.time < since { return false }
        if let until, event.time > until { return false }
        return true
    }

    private func scope() throws -> (first: Int64, filter: EventFilter, sessions: Int) {
        try store.read { reader in
            var filter = EventFilter()
            var first: Int64?
            var count = 0
            for target in targets {
                switch target {
                case .run(let id): filter.runs.insert(id)
                case .job(let id): filter.jobs.insert(id)
                case .session(let id): filter.sessions.insert(id)
                case .thread, .message:
                    for session in try Names.sessions(of: target, in: reader) { filter.sessions.insert(session.id) }
                }
                let sessions = try Names.sessions(of: target, in: reader)
                count += Set(sessions.map(\.job)).count
                for session in sessions { first = min(first ?? .max, session.firstEvent) }
                if case .run(let id) = target, let run = try reader.run(id) {
                    count = max(count, run.jobs.values.reduce(0, +))
                }
            }
            // Several kinds of names at once: a filter asks for all of them together, so take the sessions themselves.
            if [filter.runs.isEmpty, filter.jobs.isEmpty, filter.sessions.isEmpty].filter({ !$0 }).count > 1 {
                for target in targets {
                    for session in try Names.sessions(of: target, in: reader) { filter.sessions.insert(session.id) }
                }
                filter.runs = []
                filter.jobs = []
            }
            return (first ?? 0, filter, count)
        }
    }

    /// Whether nothing more can come from `target`.
    static func isOver(_ target: Named, in store: Store) throws -> Bool {
        try store.read { reader in
            switch target {
            case .run(let id): try reader.run(id)?.state.isFinal ?? true
            case .job(let id): try reader.job(id)?.state.isFinal ?? true
            case .session(let id): try reader.session(id)?.state.isFinal ?? true
            case .message(let id): try reader.message(id)?.status != .processing
            case .thread(let id): try !reader.messages(thread: id).contains { $0.status == .processing }
            }
        }
    }
}

extension Transcript {
    /// The last pieces when everything was read: what was kept for `--lines`, and what had no end.
    mutating func apply(end last: Int?, kept: [Piece]) -> [Piece] {
        let rest = kept + end()
        guard let last else { return rest }
        return rest.suffix(last)
    }
}
