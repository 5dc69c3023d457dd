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
    /// Sees to it that what is followed goes on.
    var continuation: Continuation?

    /// Prints; returns at the end, or leaves with the status of a signal.
    func run() throws {
        var continuation = continuation
        let (first, filter, sessions) = try scope()
        let tags = showsTags ?? (sessions > 1)
        let signals = Signals.listen(follows ? [SIGINT, SIGTERM] : [])
        var transcript = Transcript(
            tools: tools, isLive: follows, streams: follows && !tags, glyphs: output.data.glyphs)
        var printer = TranscriptPrinter(output, showsTags: tags)
        var cursor = EventCursor(store, after: first, filter: filter)
        let news = NewsWaiter(storePath: store.path, signals: signals)
        // Nil once the end of the log was reached: what comes after that is new, and all of it is shown.
        var tail = last.map { TranscriptTail(limit: $0) }
        var newest = last.map { Newest<String>(limit: $0) }
        if let events { output.lines(events.head) }
        while true {
            // Asked before the page is read: what was written before the end is then on the page.
            let isOver = try !follows || targets.allSatisfy { try LogFollow.isOver($0, in: store) }
            let page = try cursor.next()
            if let gap = page.gapUntil { output.note("note: events before \(gap) are no longer kept") }
            var pieces: [Transcript.Piece] = []
            for stored in page.events where isWanted(stored) {
                if let events {
                    let line = events.line(stored.line)
                    if newest == nil { output.jsonLine(line) } else { newest?.append(line) }
                } else {
                    pieces += transcript.apply(Event(stored))
                }
            }
            let atEnd = page.next >= page.newest
            if atEnd, isOver { pieces += transcript.end() }
            tail?.add(pieces)
            if atEnd {
                output.jsonLines(Array(newest?.kept ?? []))
                if let kept = tail?.take() { pieces = kept }
                (tail, newest) = (nil, nil)
            }
            if tail == nil { printer.write(pieces) }
            guard atEnd else { continue }
            if isOver { break }
            continuation?.look(in: store)
            if case .signal(let signal) = news.wait() {
                printer.finish()
                let target = targets.first?.id.short ?? ""
                if signal == SIGINT { output.note("stopped following; it goes on (tutti cancel \(target) to stop it)") }
                throw Exit(signal == SIGINT ? .interrupted : .terminated)
            }
        }
        printer.finish()
    }

    private func isWanted(_ event: StoredEvent) -> Bool {
        if let since, event.time < since { return false }
        if let until, event.time > until { return false }
        return true
    }

    private func scope() throws -> (first: Int64, filter: EventFilter, sessions: Int) {
        try store.read { reader in
            var first = Int64.max
            var count = 0
            for target in targets {
                let sessions = try Names.sessions(of: target, in: reader)
                count += Set(sessions.map(\.job)).count
                // What has no session yet has events all the same.
                first = min(first, sessions.map(\.firstEvent).min() ?? 0)
                if case .run(let id) = target, let run = try reader.run(id) {
                    count = max(count, run.jobs.values.reduce(0, +))
                }
            }
            return (targets.isEmpty ? 0 : first, try Names.events(of: targets, in: reader), count)
        }
    }

    /// Whether nothing more can come from `target`.
    static func isOver(_ target: Named, in store: Store) throws -> Bool {
        try store.read { reader in
            switch target {
            case .run(let id): try reader.run(id)?.state.isFinal ?? true
            case .job(let id): try reader.job(id)?.state.isFinal ?? true
            case .session(let id): try reader.session(id)?.state.isFinal ?? true
            case .message(let id): try reader.message(id).map { try isOver($0, reader) } ?? true
            case .thread(let id): try reader.messages(thread: id).allSatisfy { try isOver($0, reader) }
            }
        }
    }

    /// A question is whole from the start; it is over when its answer is.
    private static func isOver(_ message: MessageRow, _ reader: StoreReader) throws -> Bool {
        guard message.status != .processing else { return false }
        return try message.job.flatMap { try reader.job($0) }?.state.isFinal ?? true
    }
}
