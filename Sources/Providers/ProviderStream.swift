package import Model
import StreamJSON

/// One provider's output, read from its first byte: lines, then the dialect's events.
///
/// A value without clocks or files. The same bytes give the same events however they are cut into calls, so a stream can be
/// read again from the start, and what was seen before is left out by its offset.
package struct ProviderStream: Sendable {
    /// The version of the dialect; another one may read the same bytes differently.
    package let version: Int
    private var framer: LineFramer
    private var dialect: any Dialect
    private var outcome: Outcome?
    /// Bytes of lines over the bound that may have been parts of the answer.
    private var unread: Int64 = 0

    /// A reader for the output of `definition`, at its start.
    ///
    /// `counted` is what had been counted of the provider's own session, where an attempt goes on with one: claude and codex state
    /// sums over all of its processes. Nil for a session that begins. Without `keepsAnswer` a provider whose events hold the whole answer keeps none
    /// beside them, and the outcome has no text.
    package init(_ definition: ProviderDefinition, counted: Usage? = nil, keepsAnswer: Bool = true) {
        let kind = definition.recording.map { definition.kind == .replay ? $0.dialect : definition.kind }
        let fields = definition.kind == .replay ? definition.recording?.fields : definition.fields
        dialect = ProviderStream.dialect(kind ?? definition.kind, fields ?? FieldPaths(), counted, keepsAnswer)
        version = type(of: dialect).version
        framer = LineFramer(givesPieces: type(of: dialect).readsPieces)
    }

    private static func dialect(
        _ kind: ProviderKind, _ fields: FieldPaths, _ counted: Usage?, _ keepsAnswer: Bool
    ) -> any Dialect {
        switch kind {
        case .claude: ClaudeDialect(counted: counted, keepsAnswer: keepsAnswer)
        case .codex: CodexDialect(counted: counted, keepsAnswer: keepsAnswer)
        case .jsonl: LinesDialect(fields)
        case .plain: PlainDialect()
        case .offline, .replay: OfflineDialect()
        }
    }

    /// The end of the last complete line that was consumed.
    package var offset: Int64 { framer.offset }

    /// Where the stream stands, for the watchdogs.
    package var standing: Standing {
        var standing = dialect.standing
        standing.firstByte = framer.hasBytes
        return standing
    }

    /// Reads the next bytes and appends their events.
    package mutating func consume(_ bytes: UnsafeRawBufferPointer, into events: inout [SpoolEvent]) {
        guard outcome == nil else { return }
        var sink = EventSink(events: [], end: 0)
        swap(&sink.events, &events)
        framer.consume(bytes) { line, end in
            sink.end = end
            ProviderStream.read(line, &dialect, &unread, &sink)
        }
        swap(&sink.events, &events)
    }

    /// Reads an unterminated tail, and gives the verdict. Later calls change nothing and give the same verdict.
    package mutating func finish(_ ending: Ending, into events: inout [SpoolEvent]) -> Outcome {
        if let outcome { return outcome }
        var sink = EventSink(events: [], end: framer.offset)
        swap(&sink.events, &events)
        framer.finish { line, end in
            sink.end = end
            ProviderStream.read(line, &dialect, &unread, &sink)
        }
        let conclusion = dialect.conclude(into: &sink)
        swap(&sink.events, &events)
        var verdict = Outcome(conclusion, ending)
        if !conclusion.isWhole { verdict.unreadBytes = unread }
        outcome = verdict
        return verdict
    }

    private static func read(
        _ line: LineFramer.Line, _ dialect: inout any Dialect, _ unread: inout Int64, _ sink: inout EventSink
    ) {
        switch line {
        case .whole(let bytes): dialect.read(bytes, into: &sink)
        case .piece(let bytes): dialect.readPiece(bytes, into: &sink)
        case .oversized(let length, let beginning):
            if dialect.mayHoldAnswer(beginning) { unread = unread.saturating(plus: length) }
            sink(.oversized(length: length, beginning: EventSink.text(beginning)))
        }
    }
}
