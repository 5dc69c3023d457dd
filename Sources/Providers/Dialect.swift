import Model
import StreamJSON

/// Reads one provider's lines: a pure state machine, lines in, events out.
///
/// It never looks at a clock, a file or a process. A line it does not know becomes `.raw`; no line can stop it.
protocol Dialect: Sendable {
    /// Raised when the same bytes begin to give other events.
    static var version: Int { get }

    /// True when a line over the bound is read in pieces; false when it is not read.
    static var readsPieces: Bool { get }

    /// Where the stream stands after the lines so far; `firstByte` is not the dialect's to say.
    var standing: Standing { get }

    /// Reads one line.
    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink)

    /// Reads the next piece of a line over the bound; the last one comes as a line.
    mutating func readPiece(_ piece: UnsafeRawBufferPointer, into events: inout EventSink)

    /// True when a line over the bound that begins like this may be a part of the answer.
    func mayHoldAnswer(_ beginning: UnsafeRawBufferPointer) -> Bool

    /// What the lines alone say about the question's own turn, now that no more will come.
    mutating func conclude(into events: inout EventSink) -> Conclusion
}

extension Dialect {
    static var readsPieces: Bool { false }

    mutating func readPiece(_ piece: UnsafeRawBufferPointer, into events: inout EventSink) {}

    func mayHoldAnswer(_ beginning: UnsafeRawBufferPointer) -> Bool { true }
}

/// What a provider's lines alone say, before the process's ending is looked at.
struct Conclusion {
    /// True when the whole success of the question's own turn was printed.
    var wholeSuccess = false
    /// The failure that the provider itself stated for that turn.
    var failure: Failure?
    /// The answer, or what was said of it.
    var text = ""
    var structuredOutput: String?
    /// True when a turn began, or any result came.
    var spoke = false
    /// True for a provider whose exit status is its result.
    var statusDecides = false
    /// True when one line held all of the answer, so that nothing is missing from it whatever could not be read.
    var isWhole = false
}

/// Collects events, each with the offset after the line it came from.
struct EventSink {
    /// The events so far.
    var events: [SpoolEvent]
    /// The offset after the line that is being read.
    var end: Int64

    /// So much of an unknown line or of a tool's output stands in an event; the spool has all of it.
    static let kept = 64 << 10

    mutating func callAsFunction(_ event: ProviderEvent) {
        events.append(SpoolEvent(end: end, event: event))
    }

    /// Notes a line that the dialect does not know.
    mutating func raw(_ line: UnsafeRawBufferPointer) { self(.raw(EventSink.text(line))) }

    /// Notes a line that is not the JSON it should be.
    mutating func refused(_ line: UnsafeRawBufferPointer, _ error: JSONError) {
        if error.reason == .tooDeep {
            self(.oversized(length: Int64(line.count), beginning: EventSink.text(line)))
        } else {
            raw(line)
        }
    }

    /// The beginning of `bytes` as text, not cut within a character.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        var length = min(bytes.count, kept)
        if length < bytes.count {
            while length > 0, bytes[length] & 0xC0 == 0x80 { length -= 1 }
        }
        return String(decoding: bytes.prefix(length), as: UTF8.self)
    }

    /// The beginning of `text`, not cut within a character.
    static func cut(_ text: String, to length: Int = kept) -> String {
        guard text.utf8.count > length else { return text }
        var text = text
        return text.withUTF8 { utf8 in
            var length = length
            while length > 0, utf8[length] & 0xC0 == 0x80 { length -= 1 }
            return String(decoding: utf8.prefix(length), as: UTF8.self)
        }
    }
}
