import Model

/// A command that prints its answer as text: each line is a piece of it, and the exit status decides.
///
/// Lines mean nothing here: one over the bound comes in pieces.
struct PlainDialect: Dialect {
    static let version = 2

    static let readsPieces = true

    private(set) var standing = Standing()
    private var text = ""
    private var hasBegun = false
    private let block = BlockKey(message: "stdout", index: 0)

    mutating func read(_ line: UnsafeRawBufferPointer, into events: inout EventSink) {
        add(String(decoding: line, as: UTF8.self) + "\n", into: &events)
    }

    mutating func readPiece(_ piece: UnsafeRawBufferPointer, into events: inout EventSink) {
        add(String(decoding: piece, as: UTF8.self), into: &events)
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
