import Model

/// Reads one provider's lines: a pure state machine, lines in, events out.
///
/// It never looks at a clock, a file or a process. A line it does not know becomes `.raw`; no line can stop it.
protocol Dialect: Sendable {
    /// Raised when the same bytes begin to give other events.
    static var version: Int { get }

    /// Where the stream stands after the lines so far.
    var standing: Standing { get }

    /// Reads one line.
    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink)

    /// Takes note of a line over the bound, of which only the beginning is there.
    mutating func readOversized(length: Int64, beginning: UnsafeRawBufferPointer, into events: inout EventSink)

    /// What the lines alone say about the question's own turn, now that no more will come.
    mutating func conclude(into events: inout EventSink) -> Conclusion
}

/// Collects events, each with the offset after the line it came from.
struct EventSink {
    /// The events so far.
    var events: [SpoolEvent]
    /// The offset after the line that is being read.
    var end: Int64

    mutating func callAsFunction(_ event: ProviderEvent) {
        events.append(SpoolEvent(end: end, event: event))
    }
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
    /// True when any line came that the dialect knows.
    var spoke = false
    /// True for a provider whose exit status is its result.
    var statusDecides = false
}
