import Testing

@testable import Commands

@Suite struct WaveTableTests {
    private let table = WaveTable(rows: [
        .init(
            head: "wave 1", jobs: ["api-docs", "web-docs", "cli-docs", "lint ×6 (file)"], after: [], time: "about 2:10",
            cost: "$0.42", sessions: "(20 sessions)"),
        .init(
            head: "wave 2", jobs: ["merge-docs"], after: ["api-docs", "web-docs", "cli-docs"], time: "at least 50.0 s",
            cost: "?", sessions: "(no sessions yet)"),
    ])

    private func picture(_ width: Int, unicode: Bool = true) -> String {
        table.lines(on: Surface(isTerminal: true, unicode: unicode, width: width)).joined(separator: "\n")
    }

    @Test func `with room there is a line for each wave`() {
        #expect(
            picture(140) == """
                 wave 1  api-docs  web-docs  cli-docs  lint ×6 (file)                                      about 2:10       $0.42  (20 sessions)
                 wave 2  merge-docs                                    after api-docs, web-docs, cli-docs  at least 50.0 s  ?      (no sessions yet)
                """)
    }

    @Test func `with less the jobs go on in the next line`() {
        let lines = picture(80).split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix(" wave 1  api-docs") == true)
        #expect(lines.contains { $0.hasPrefix("         ") && $0.contains("lint ×6 (file)") })
    }

    @Test(arguments: [30, 36, 44, 52, 60, 70, 80, 96, 120, 200])
    func `no line is wider than the terminal, and every job is there`(width: Int) {
        let lines = picture(width).split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { DisplayWidth.of($0) < width }, "\(lines)")
        let whole = lines.joined().filter { $0 != " " }
        for name in ["api-docs", "web-docs", "cli-docs", "lint×6(file)", "merge-docs"] {
            #expect(whole.contains(name), "\(width): \(name)")
        }
    }

    @Test func `a pipe gets lines of a hundred columns`() {
        let lines = table.lines(on: Surface(isTerminal: false, width: 20))
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 100 } && lines.contains { $0.contains("merge-docs") })
        #expect(WaveTable(rows: []).lines(on: Surface()).isEmpty)
    }

    @Test func `pieces stay whole while a line can hold them`() {
        #expect(PartFlow.lines(["ab", "cd", "ef"], separator: ", ", width: 7) == ["ab, cd,", "ef"])
        #expect(PartFlow.lines(["ab", "cdefgh"], separator: "  ", width: 4, indent: " ") == ["ab", " cde", " fgh"])
        #expect(PartFlow.lines([], separator: " ", width: 4) == [""])
        #expect(PartFlow.lines(["", "a", ""], separator: " ", width: 4) == ["a"])
    }
}
