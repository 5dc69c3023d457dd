import Testing

@testable import Commands

@Suite struct SideBySideTests {
    @Test(arguments: [60, 80, 120, 200])
    func `columns fit the surface and keep every word`(width: Int) {
        let sides = (1...5).map {
            SideBySide.Side(
                title: "module \($0)",
                text:
                    "word\($0) 日本語 and a rather long line that wraps, with aVeryLongWordThatCannotBeBrokenAnywhereAtAll\nsecond"
            )
        }
        let lines = SideBySide.lines(sides, on: Surface(isTerminal: true, width: width))
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
        for number in 1...5 { #expect(lines.contains { $0.contains("word\(number)") }) }
    }

    @Test func `lines break at spaces`() {
        #expect(SideBySide.wrap("one two three", 8) == ["one two", "three"])
        #expect(SideBySide.wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"])
        #expect(SideBySide.wrap("short", 8) == ["short"])
    }

    @Test func `the first block of code is found, also inside longer fences`() {
        #expect(Answers.firstCode("text\n```swift\nlet a = 1\n```\nmore") == "let a = 1\n")
        #expect(Answers.firstCode("````\n```\ninner\n```\n````") == "```\ninner\n```\n")
        #expect(Answers.firstCode("no code") == nil)
    }
}
