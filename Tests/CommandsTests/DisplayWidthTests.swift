import Testing

@testable import Commands

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한글", 4), ("👍", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2),
        ("❤️", 2), ("✓", 1), ("…", 1), ("█", 1), ("ａ", 2), ("\u{200B}", 0), ("नि", 1),
    ])
    func `columns are counted as terminals draw them`(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width, "\(text)")
    }

    @Test func `cutting never passes the width and never splits a cluster`() {
        #expect(DisplayWidth.cut("日本語テスト", to: 7, mark: "…") == "日本語…")
        #expect(DisplayWidth.cut("日本語テスト", to: 6, mark: "…") == "日本…")
        #expect(DisplayWidth.cut("abc", to: 3, mark: "…") == "abc")
        #expect(DisplayWidth.cut("abcd", to: 1, mark: "…") == "…")
        #expect(DisplayWidth.cut("e\u{301}e\u{301}e\u{301}", to: 2, mark: "…") == "e\u{301}…")
        #expect(DisplayWidth.cut("abcd", to: 1, mark: "..") == ".")
    }

    @Test func `padding counts columns, not characters`() {
        #expect(DisplayWidth.pad("日", to: 4) == "日  ")
        #expect(DisplayWidth.pad("7", to: 3, right: true) == "  7")
    }
}
