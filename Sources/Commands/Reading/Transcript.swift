import Model

/// Turns events into a transcript that a person can read: text as it was said, tools as lines, endings with their reason.
///
/// A pure machine. With `streams`, text of one session comes out piece by piece; without, line by line.
struct Transcript: Sendable {
    /// How much of tool calls is told.
    enum ToolDetail: String, Sendable, CaseIterable {
        case none, short, full
    }

    /// What is to be printed.
    enum Piece: Sendable, Hashable {
        /// One whole line of `module`.
        case line(module: String, String)
        /// Text that goes on where the last piece stopped.
        case text(String)
        /// A line about the session, not of it.
        case note(module: String, String, isError: Bool)
    }

    private struct Session: Sendable {
        var module: String
        var block: String?
        /// Text of the open block that came out already, and text that waits for its line's end.
        var told = ""
        var pending = ""
        var tools: [String: (line: String, time: Timestamp)] = [:]
        var saidSomething = false
        var isOver = false
    }

    private let tools: ToolDetail
    private let isLive: Bool
    private let streams: Bool
    private let glyphs: Glyphs
    private var sessions: [Identifier: Session] = [:]
    private var order: [Identifier] = []
    /// The newest session of each job.
    private var latest: [Identifier: Identifier] = [:]

    /// A transcript; `isLive` tells text before its block is whole, `streams` even before its line is whole.
    init(tools: ToolDetail, isLive: Bool, streams: Bool, glyphs: Glyphs) {
        self.tools = tools
        self.isLive = isLive
        self.streams = streams
        self.glyphs = glyphs
    }

    /// Takes in one event; what it adds to the transcript.
    mutating func apply(_ event: Event) -> [Piece] {
        // What a job is told after its session belongs below that one.
        guard let id = event.session ?? event.job.flatMap({ latest[$0] }) else { return [] }
        if let job = event.job { latest[job] = id }
        if sessions[id] == nil {
            sessions[id] = Session(module: event.module ?? id.short)
            order.append(id)
        }
        switch event.type {
        case .textDelta: return delta(event, id)
        case .textReset: return reset(event, id)
        case .textBlock: return block(event, id)
        case .toolStarted: return toolStarted(event, id)
        case .toolCompleted: return toolCompleted(event, id)
        case .table, .chart, .metric: return flush(id) + [.line(module: module(id), figure(event))]
        case .needsInput:
            return flush(id) + [.note(module: module(id), "asks: \(event.question ?? "")", isError: false)]
        case .sessionFailed, .sessionLost, .sessionCancelled: return ended(event, id)
        case .sessionRetrying:
            let wait = event.data["wait_ms"]?.integer.map { " in " + Amounts.span(milliseconds: $0) } ?? ""
            return flush(id) + [
                .note(module: module(id), "tries again\(wait): \(event.failureMessage ?? "")", isError: true)
            ]
        case .sessionCompleted:
            let unread = event.data["unread_bytes"]?.integer.map(UnreadWords.line)
            return flush(id) + (unread.map { [.note(module: module(id), $0, isError: true)] } ?? [])
        case .gap:
            return flush(id) + [.note(module: module(id), "something of the output is missing here", isError: true)]
        default: return []
        }
    }

    /// What is left of every session when no more events come.
    mutating func end() -> [Piece] { order.flatMap { flush($0) } }

    private func module(_ id: Identifier) -> String { sessions[id]?.module ?? id.short }

    private func key(_ event: Event) -> String {
        event.data["block"]?.string ?? ""
    }

    private mutating func delta(_ event: Event, _ id: Identifier) -> [Piece] {
        let before = enter(key(event), id)
        sessions[id]?.pending += event.text
        return isLive ? before + release(id) : before
    }

    /// Begins a block when `key` is another than the open one.
    private mutating func enter(_ key: String, _ id: Identifier) -> [Piece] {
        guard let session = sessions[id], session.block != key else { return [] }
        let before = flush(id)
        sessions[id]?.block = key
        return before
    }

    /// Lets out what may be told of the open block: all of it when streaming, else whole lines.
    private mutating func release(_ id: Identifier) -> [Piece] {
        guard var session = sessions[id], !session.pending.isEmpty else { return [] }
        var pieces: [Piece] = []
        if streams {
            pieces = [.text(session.pending)]
            session.told += session.pending
            session.pending = ""
        } else if let newline = session.pending.unicodeScalars.lastIndex(of: "\n") {
            pieces = Transcript.lines(session.pending[..<newline]).map { .line(module: session.module, $0) }
            let next = session.pending.unicodeScalars.index(after: newline)
            session.told += session.pending[..<next]
            session.pending = String(session.pending[next...])
        }
        if !pieces.isEmpty { session.saidSomething = true }
        sessions[id] = session
        return pieces
    }

    /// Lets out everything of the open block and closes it.
    private mutating func flush(_ id: Identifier) -> [Piece] {
        guard var session = sessions[id] else { return [] }
        var pieces: [Piece] = []
        if streams {
            if !session.pending.isEmpty { pieces.append(.text(session.pending)) }
            let whole = session.told + session.pending
            if !whole.isEmpty, !Transcript.endsLine(whole) { pieces.append(.text("\n")) }
        } else if !session.pending.isEmpty {
            var lines = Transcript.lines(session.pending)
            if lines.last == "" { lines.removeLast() }
            pieces = lines.map { .line(module: session.module, $0) }
        }
        if !pieces.isEmpty { session.saidSomething = true }
        session.block = nil
        session.told = ""
        session.pending = ""
        sessions[id] = session
        return pieces
    }

    private mutating func reset(_ event: Event, _ id: Identifier) -> [Piece] {
        guard let session = sessions[id], session.block == key(event) || key(event).isEmpty else { return [] }
        let wasTold = !session.told.isEmpty
        var pieces: [Piece] = []
        if streams, wasTold, !Transcript.endsLine(session.told) { pieces.append(.text("\n")) }
        sessions[id]?.block = nil
        sessions[id]?.told = ""
        sessions[id]?.pending = ""
        return wasTold
            ? pieces + [.note(module: session.module, "(the text above was taken back)", isError: false)] : []
    }

    private mutating func block(_ event: Event, _ id: Identifier) -> [Piece] {
        let before = enter(key(event), id)
        guard let session = sessions[id] else { return before }
        let whole = event.text
        // By bytes: what was told may end between the parts of one character.
        if whole.utf8.starts(with: session.told.utf8) {
            sessions[id]?.pending = String(decoding: whole.utf8.dropFirst(session.told.utf8.count), as: UTF8.self)
        } else {
            sessions[id]?.told = ""
            sessions[id]?.pending = whole
        }
        return before + flush(id)
    }

    private mutating func toolStarted(_ event: Event, _ id: Identifier) -> [Piece] {
        guard tools != .none else { return [] }
        let before = flush(id)
        sessions[id]?.tools[event.data["id"]?.string ?? ""] = (event.toolLine, event.time)
        guard tools == .full else { return before }
        var pieces = before + [.line(module: module(id), "\(glyphs.tool) \(event.toolLine)")]
        if let input = event.data["input"] { pieces.append(.line(module: module(id), "    \(input.cell)")) }
        return pieces
    }

    private mutating func toolCompleted(_ event: Event, _ id: Identifier) -> [Piece] {
        guard tools != .none, let session = sessions[id] else { return [] }
        let before = flush(id)
        let call = sessions[id]?.tools.removeValue(forKey: event.data["id"]?.string ?? "")
        let output = event.data["output"]?.string ?? ""
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        var facts: [String] = []
        if let call { facts.append(Amounts.span(milliseconds: event.time.milliseconds - call.time.milliseconds)) }
        if event.data["is_error"]?.bool == true { facts.append("error") }
        if !output.isEmpty { facts.append(Amounts.count(lines.count, "line")) }
        if tools == .full {
            return before + lines.map { .line(module: session.module, "    | \($0)") }
                + [.line(module: session.module, "    (\(facts.joined(separator: ", ")))")]
        }
        let line = call?.line ?? event.data["name"]?.string ?? "tool"
        return before + [.line(module: session.module, "\(glyphs.tool) \(line)  (\(facts.joined(separator: ", ")))")]
    }

    private mutating func ended(_ event: Event, _ id: Identifier) -> [Piece] {
        let before = flush(id)
        guard let session = sessions[id], !session.isOver else { return before }
        sessions[id]?.isOver = true
        let word = event.type == .sessionCancelled ? "cancelled" : event.type == .sessionLost ? "lost" : "failed"
        let reason = event.failureMessage.map { ": \($0)" } ?? ""
        let what = session.saidSomething ? "the answer was cut short, \(word)" : word
        let target = (event.job ?? id).short
        return before + [
            .note(module: session.module, "\(what)\(reason)   again: tutti retry \(target)", isError: true)
        ]
    }

    /// The lines of `text`. By scalars: where lines end in `\r\n` that is one character, and no newline.
    static func lines(_ text: some StringProtocol) -> [String] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { scalars in
            var line = String.UnicodeScalarView()
            line.append(contentsOf: scalars)
            return String(line)
        }
    }

    /// Whether what comes after `text` begins a line.
    static func endsLine(_ text: String) -> Bool { text.utf8.last == UInt8(ascii: "\n") }

    private func figure(_ event: Event) -> String {
        guard event.type == .table, let table = Table(event) else {
            return "[\(event.type.rawValue)] \(event.data["title"]?.string ?? event.data["name"]?.string ?? "")"
        }
        return table.lines(on: Surface()).joined(separator: "\n")
    }
}
