import Model

/// A command that prints its answer as text: each line is a piece of it, and the exit status decides.
struct PlainDialect: Dialect {
    static let version = 1

    private(set) var standing = Standing()
    private var text = ""
    private var hasBegun = false
    private let block = BlockKey(message: "stdout", index: 0)

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        add(String(decoding: line, as: UTF8.self) + "\n", into: &events)
    }

    mutating func readOversized(length: Int64, beginning: UnsafeRawBufferPointer, into events: inout EventSink) {
        let text = String(decoding: beginning, as: UTF8.self)
        events(.oversized(length: length, beginning: text))
        add(text + "\n", into: &events)
    }

    private mutating func add(_ piece: String, into events: inout EventSink) {
        if !hasBegun { events(.turnStarted(0)) }
        hasBegun = true
        events(.textDelta(block, piece))
        text += piece
    }

    mutating func conclude(into events: inout EventSink) -> Conclusion {
        if text.hasSuffix("\n") { text.removeLast() }
        if hasBegun { events(.textBlock(block, text)) }
        var conclusion = Conclusion()
        conclusion.text = text
        conclusion.spoke = hasBegun
        conclusion.statusDecides = true
        return conclusion
    }
}
