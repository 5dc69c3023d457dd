import Testing

@testable import Commands

@Suite struct TableTests {
    private var table: Table {
        var table = Table([
            .init(title: "ID"), .init(title: "MODULE"), .init(title: "TOKENS", right: true, dropsAt: 2),
            .init(title: "NOW", flexible: true),
        ])
        table.rows = [
            ["01K9QY", "payments", "9.1k", "▸ Grep \"verify_token\" in the whole source folder"],
            ["01K9R0", "日本語", "7.4k", "The login\nform posts\u{1B}[2J"],
        ]
        return table
    }

    @Test func `columns line up with wide characters, and controls are shown`() {
        #expect(
            table.lines(on: Surface(width: 100)) == [
                "ID      MODULE    TOKENS  NOW",
                "01K9QY  payments    9.1k  ▸ Grep \"verify_token\" in the whole source folder",
                "01K9R0  日本語      7.4k  The login form posts␛[2J",
            ])
    }

    @Test func `on a narrow terminal the flexible column is cut, then columns leave`() {
        let narrow = table.lines(on: Surface(isTerminal: true, width: 50))
        #expect(narrow.allSatisfy { DisplayWidth.of($0) <= 50 })
        #expect(narrow[0].hasPrefix("ID      MODULE    TOKENS  NOW"))
        let narrower = table.lines(on: Surface(isTerminal: true, width: 32))
        #expect(narrower.allSatisfy { DisplayWidth.of($0) <= 32 })
        #expect(!narrower[0].contains("TOKENS"))
        // What the one that left had, the flexible one gets.
        #expect(DisplayWidth.of(narrower[1]) == 32)
    }

    @Test func `colours are written only where there are colours`() {
        var table = Table([.init(title: "STATE"), .init(title: "X")])
        table.rows = [[.init("failed", .red), "y"]]
        #expect(table.lines(on: Surface(colour: true))[1] == "\u{1B}[31mfailed\u{1B}[0m  y")
        #expect(!table.lines(on: Surface())[1].contains("\u{1B}"))
    }
}
