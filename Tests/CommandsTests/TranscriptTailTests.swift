import Testing

@testable import Commands

@Suite struct TranscriptTailTests {
    private func tail(_ limit: Int, _ pieces: [Transcript.Piece]) -> [Transcript.Piece] {
        var tail = TranscriptTail(limit: limit)
        for piece in pieces { tail.add([piece]) }
        return tail.take()
    }

    private func text(_ pieces: [Transcript.Piece]) -> String {
        pieces.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    @Test(arguments: [
        (1, "three"), (2, "two\nthree"), (3, "one\r\ntwo\nthree"), (9, "one\r\ntwo\nthree"),
    ])
    func `streamed pieces count as the lines that they make`(_ limit: Int, _ expected: String) {
        let pieces = ["on", "e\r", "\ntw", "o\nth", "r", "ee"].map { Transcript.Piece.text($0) }
        #expect(text(tail(limit, pieces)) == expected)
    }

    @Test func `a piece of several lines is cut, and a note is a line`() {
        let pieces: [Transcript.Piece] = [
            .text("open"), .line(module: "a", "one\ntwo\nthree"), .note(module: "a", "failed", isError: true),
        ]
        #expect(tail(2, pieces) == [.line(module: "a", "three"), .note(module: "a", "failed", isError: true)])
        #expect(tail(5, pieces).first == .text("open"))
    }

    @Test func `of very many lines the last are kept`() {
        var newest = Newest<Int>(limit: 3)
        for number in 0..<10_000 { newest.append(number) }
        #expect(Array(newest.kept) == [9997, 9998, 9999])
    }
}
