/// The newest elements of a sequence, at most so many.
struct Newest<Element> {
    private let limit: Int
    private var elements: [Element] = []

    /// Keeps at most `limit` elements.
    init(limit: Int) { self.limit = limit }

    /// Takes in the next element.
    mutating func append(_ element: Element) {
        // Dropped in heaps: one at a time would move all of them each time.
        if elements.count >= limit * 2 { elements.removeFirst(elements.count - limit) }
        elements.append(element)
    }

    /// The elements that are kept, in order.
    var kept: ArraySlice<Element> { elements.suffix(limit) }
}

extension Newest: Sendable where Element: Sendable {}

/// The last lines of a transcript, whatever pieces they came in: a line of a streamed answer is many of them.
struct TranscriptTail: Sendable {
    private var lines: Newest<[Transcript.Piece]>
    /// The pieces of a line that has no end yet.
    private var open: [Transcript.Piece] = []

    /// Keeps at most `limit` lines.
    init(limit: Int) { lines = Newest(limit: limit) }

    /// Takes in what a transcript adds.
    mutating func add(_ pieces: [Transcript.Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let text): add(text)
            case .line(let module, let text):
                close()
                for line in Transcript.lines(text) { lines.append([.line(module: module, line)]) }
            case .note:
                close()
                lines.append([piece])
            }
        }
    }

    private mutating func add(_ text: String) {
        var rest = text.unicodeScalars[...]
        while let newline = rest.firstIndex(of: "\n") {
            let next = rest.index(after: newline)
            open.append(.text(String(rest[..<next])))
            close()
            rest = rest[next...]
        }
        if !rest.isEmpty { open.append(.text(String(rest))) }
    }

    private mutating func close() {
        if !open.isEmpty { lines.append(open) }
        open = []
    }

    /// The pieces of the lines that are kept; an unfinished one is the last of them, and goes on with what comes next.
    mutating func take() -> [Transcript.Piece] {
        close()
        return lines.kept.flatMap { $0 }
    }
}
