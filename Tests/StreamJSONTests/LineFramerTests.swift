import Model
import StreamJSON
import TestSupport
import Testing

/// A line as a test keeps it.
private struct KeptLine: Hashable {
    var bytes: [UInt8]
    var end: Int64
    /// The length when it was oversized.
    var oversized: Int64?
    var isPiece = false
}

private func lines(
    _ bytes: [UInt8], cuts: [Int], limit: Int = 16 << 20, kept: Int = 64 << 10, givesPieces: Bool = false
) -> [KeptLine] {
    var framer = LineFramer(limit: limit, kept: kept, givesPieces: givesPieces)
    var result: [KeptLine] = []
    func keep(_ line: LineFramer.Line, _ end: Int64) {
        switch line {
        case .whole(let bytes): result.append(KeptLine(bytes: Array(bytes), end: end))
        case .piece(let bytes): result.append(KeptLine(bytes: Array(bytes), end: end, isPiece: true))
        case .oversized(let length, let beginning):
            result.append(KeptLine(bytes: Array(beginning), end: end, oversized: length))
        }
    }
    bytes.withUnsafeBytes { whole in
        var position = 0
        for cut in cuts + [bytes.count] where cut >= position {
            framer.consume(UnsafeRawBufferPointer(rebasing: whole[position..<cut]), keep)
            position = cut
        }
    }
    framer.finish(keep)
    return result
}

@Suite struct LineFramerTests {
    @Test func `lines end at the newline byte and nowhere else`() {
        let text = "a\r\nb\u{2028}c\u{85}d\n\n \nlast"
        let kept = lines(Array(text.utf8), cuts: [])
        #expect(
            kept.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a\r", "b\u{2028}c\u{85}d", "", " ", "last"])
        #expect(kept.last?.end == Int64(text.utf8.count))
    }

    @Test func `every cut gives the same lines (T31)`() {
        let text = #"{"a":"日本語 👩‍👩‍👧 \ud83d\ude00"}"# + "\n\n" + #"{"b":[1,2]}"# + "\nend"
        let bytes = Array(text.utf8)
        let whole = lines(bytes, cuts: [])
        for first in 0...bytes.count {
            #expect(lines(bytes, cuts: [first]) == whole)
        }
        #expect(lines(bytes, cuts: Array(1..<bytes.count)) == whole)
    }

    @Test func `in pieces, nothing of a long line is missing, no character is cut, and every cut gives the same`() {
        let text = "short\n" + String(repeating: "aä€😀", count: 9) + "\n12345678\n123456789"
        let bytes = Array(text.utf8)
        let whole = lines(bytes, cuts: [], limit: 8, givesPieces: true)
        let again = whole.map { String(decoding: $0.bytes, as: UTF8.self) + ($0.isPiece ? "" : "\n") }
        #expect(again.joined() == text + "\n")
        #expect(whole.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil && $0.bytes.count <= 8 })
        #expect(whole.last == KeptLine(bytes: Array("9".utf8), end: Int64(bytes.count)))
        #expect(whole.contains { $0.bytes == Array("12345678".utf8) && !$0.isPiece })
        for first in 0...bytes.count {
            #expect(lines(bytes, cuts: [first], limit: 8, givesPieces: true) == whole)
        }
        #expect(lines(bytes, cuts: Array(1..<bytes.count), limit: 8, givesPieces: true) == whole)
        // What is no UTF-8 goes on all the same.
        let odd = [UInt8](repeating: 0x80, count: 100) + [0x0A]
        #expect(lines(odd, cuts: [3, 50], limit: 8, givesPieces: true).flatMap(\.bytes) == odd.dropLast())
    }

    @Test func `random cuts give the same lines with small limits (T31)`() {
        let seed = printedSeed()
        var generator = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                Int.random(in: 0..<4, using: &generator) == 0
                    ? UInt8(0x0A) : UInt8.random(in: 0x61...0x64, using: &generator)
            }
            let limit = Int.random(in: 1...12, using: &generator)
            let kept = Int.random(in: 0...limit, using: &generator)
            let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
            #expect(
                lines(bytes, cuts: cuts, limit: limit, kept: kept) == lines(bytes, cuts: [], limit: limit, kept: kept))
        }
    }

    @Test func `a line over the limit is given once with its length and its beginning (T33)`() {
        let bytes = Array("abcdefghij\nok\n".utf8)
        let expected = [
            KeptLine(bytes: Array("abc".utf8), end: 11, oversized: 10), KeptLine(bytes: Array("ok".utf8), end: 14),
        ]
        #expect(lines(bytes, cuts: [], limit: 9, kept: 3) == expected)
        #expect(lines(bytes, cuts: Array(1..<14), limit: 9, kept: 3) == expected)
        #expect(lines(bytes, cuts: [], limit: 10, kept: 3)[0].oversized == nil)
    }

    @Test func `a line of 1 GiB costs no more memory than its beginning (T33)`() {
        var framer = LineFramer()
        let slab = [UInt8](repeating: 0x61, count: 1 << 20)
        var seen: [(length: Int64, kept: Int)] = []
        let before = residentKiB()
        slab.withUnsafeBytes { bytes in
            for _ in 0..<1024 { framer.consume(bytes) { _, _ in Issue.record("a line before its newline") } }
        }
        Array("\n{}\n".utf8).withUnsafeBytes { bytes in
            framer.consume(bytes) { line, _ in
                switch line {
                case .whole(let bytes): seen.append((Int64(bytes.count), bytes.count))
                case .piece: Issue.record("no pieces were asked for")
                case .oversized(let length, let beginning): seen.append((length, beginning.count))
                }
            }
        }
        #expect(seen.map(\.length) == [1 << 30, 2])
        #expect(seen.first?.kept == 64 << 10)
        #expect(framer.offset == 1 << 30 + 4)
        #expect(residentKiB() - before < 64 << 10)
    }

    @Test func `a million blank lines are a million lines (T33)`() {
        let bytes = [UInt8](repeating: 0x0A, count: 1_000_000)
        var framer = LineFramer()
        var count = 0
        bytes.withUnsafeBytes { bytes in framer.consume(bytes) { _, _ in count += 1 } }
        #expect(count == 1_000_000)
        #expect(framer.offset == 1_000_000)
    }

    @Test func `the offset is the end of the last complete line`() {
        var framer = LineFramer()
        #expect(!framer.hasBytes)
        Array("one\ntw".utf8).withUnsafeBytes { framer.consume($0) { _, _ in } }
        #expect(framer.offset == 4)
        #expect(framer.pendingLength == 2)
        #expect(framer.hasBytes)
    }
}
