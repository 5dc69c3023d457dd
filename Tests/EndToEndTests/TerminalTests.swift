import Glibc
import TestSupport
import Testing

/// What a person at a terminal can do beside reading: page, point at rows, leave a run, change a question.
@Suite struct TerminalTests {
    private static let paging = ["TERM": "xterm-256color", "TUTTI_PAGER": "sed s/^/PAGED:/"] as [String: String?]

    @Test func `show, logs and help go through the pager of a person at a terminal, and lists do not`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            for words in [["show", "@last"], ["logs", "@last"], ["help"], ["help", "exit-codes"]] {
                let screen = try t.atTerminal(words, environment: TerminalTests.paging, [])
                #expect(screen.output.contains("PAGED:"), "\(words)")
                #expect(screen.status == 0)
                #expect(screen.isRestored)
            }
            for words in [
                ["ps", "-a"], ["show", "@last", "--no-pager"], ["--no-pager", "help"], ["show", "@last", "-q"],
            ] {
                let screen = try t.atTerminal(words, environment: TerminalTests.paging, [])
                #expect(!screen.output.contains("PAGED:"), "\(words)")
            }
            for none in ["", "cat", "no-such-pager"] {
                let screen = try t.atTerminal(
                    ["show", "@last"], environment: ["TERM": "xterm", "TUTTI_PAGER": none, "PAGER": "sed s/^/PAGED:/"],
                    [])
                #expect(screen.output.contains("asked   x") && !screen.output.contains("PAGED:"), "\(none)")
            }
            let piped = try t.tutti("show", "@last", environment: TerminalTests.paging)
            #expect(!piped.output.contains("PAGED:"))
            // A pager that is left early is no failure.
            let left = try t.atTerminal(
                ["help", "environment"], environment: ["TERM": "xterm", "PAGER": "head -1"], [])
            #expect(left.status == 0)
            // An error comes after the pager, with its own status.
            #expect(try t.atTerminal(["show", "ZZZZZZZZ"], environment: TerminalTests.paging, []).status == 66)
        }
    }

    @Test func `a row of the last table stands for what it shows`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake api: --answer apples]] [[fake web: --answer pears]]", "api", "web")
            let shown = try t.shellAtTerminal(
                "tutti ps -a --no-pager >/dev/tty; tutti --no-pager show -r %2; tutti show -r %1; tutti show %3; echo end $?"
            )
            let second = try #require(shown.output.ranges(of: "apples").last ?? shown.output.ranges(of: "pears").last)
            #expect(second.lowerBound > shown.output.startIndex)
            #expect(shown.output.contains("apples") && shown.output.contains("pears"))
            #expect(shown.output.contains("the last table in this terminal has 2 rows"))
            #expect(shown.output.contains("end 66"))
            // Another terminal has seen no table.
            #expect(try t.shellAtTerminal("tutti show %1; echo end $?").output.contains("none was shown here"))
        }
    }

    @Test func `d leaves the run to the background, which brings it to its end`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let screen = try t.atTerminal(
                ["ask", "x", "api", "--provider", "gated"],
                [.see("d: leave"), .see("begin"), .type("d"), .see("goes on in the background")])
            #expect(screen.status == 0)
            #expect(screen.isRestored && screen.showsCursor)
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
            let rows = try Outside.query(t.store, "select status, content from messages where role = 'assistant'")
            #expect(rows[0][0].text == "completed")
            #expect(rows[0][1].text == "begin\nend")
            #expect(try Outside.query(t.store, "select count(*) from sessions")[0][0].number == 1)
            #expect(t.survivors() == [])
        }
    }

    @Test func `d after Ctrl+C leaves the ending to the background`() async throws {
        try await Scene.with(["api"], grace: "2s") { t in
            let screen = try t.atTerminal(
                ["ask", "x [[fake: --lines 3 --hang 2 --ignore-term]]", "api"],
                [.see("line 2"), .type("\u{3}"), .see("d to leave"), .type("d"), .see("ends in the background")])
            #expect(screen.status == 130)
            #expect(screen.isRestored)
            #expect(try t.tutti("wait", "@last").status != 0)
            let rows = try Outside.query(t.store, "select status, content from messages where role = 'assistant'")
            #expect(rows[0][0].text == "cancelled")
            #expect(t.survivors() == [])
        }
    }

    @Test func `a changed question is a new run that says where it came from`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "old [[fake: --answer one]]", "api", "web")
            let first = try #require(try t.json("show", "@last", "--json")["id"].text)
            let editor = ["TERM": "xterm", "EDITOR": "sed -i s/old/new/"] as [String: String?]
            let screen = try t.atTerminal(["retry", "@last", "--edit"], environment: editor, [])
            #expect(screen.status == 0, "\(screen.output)")
            let run = try t.json("show", "@last", "--json")
            #expect(run["question"].text?.hasPrefix("new ") == true)
            #expect(run["from"].text == first)
            #expect(run["job_list"].list.compactMap { $0["module"].text }.sorted() == ["api", "web"])
            #expect(try t.tutti("show", "@last").output.contains("from    run \(first.prefix(6))"))
            let same = try t.atTerminal(
                ["retry", "@last", "--edit"], environment: ["TERM": "xterm", "EDITOR": "true"], [])
            #expect(same.status == 64)
            let failed = try t.atTerminal(
                ["retry", "@last", "--edit"], environment: ["TERM": "xterm", "EDITOR": "false"], [])
            #expect(failed.status == 73)
            #expect(try t.tutti("retry", "@last", "--edit").status == 4)
            #expect(try Outside.query(t.store, "select count(*) from runs")[0][0].number == 2)
        }
    }

    @Test func `agents may ask agents only so deep`() async throws {
        try await Scene.with(["api"]) { t in
            for (depth, most, status) in [("2", nil, 0), ("3", nil, 6), ("9", nil, 6), ("3", "4", 0)]
                as [(String, String?, Int32)]
            {
                let changes: [String: String?] = ["TUTTI_DEPTH": depth, "TUTTI_MAX_DEPTH": most]
                let result = try t.tutti("ask", "x", "api", environment: changes)
                #expect(result.status == status, "\(depth) \(result.errors)")
                if status == 6 { #expect(result.errors.contains("limits.depth")) }
            }
        }
    }

    @Test(arguments: [40, 60, 80, 96, 200])
    func `the live view keeps to the width of the terminal`(columns: Int) async throws {
        try await Scene.with { t in
            let screen = try t.atTerminal(
                ["ask", "x [[fake: --lines 40 --rate 200 --width 300]]", "api", "web"], columns: columns, [])
            #expect(screen.status == 0)
            #expect(screen.isRestored && screen.showsCursor)
            let live = screen.output.ranges(of: "\u{1b}[?25h").last.map { screen.output[..<$0.lowerBound] } ?? ""
            for line in live.split(whereSeparator: \.isNewline) {
                #expect(TerminalTests.visible(line).count < columns, "\(line)")
            }
            #expect(screen.output.contains("2/2 done") || screen.output.contains("Summary"))
        }
    }

    @Test func `the live view follows the window's size`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let screen = try t.atTerminal(
                ["ask", "x", "api", "--provider", "gated"], columns: 120,
                [
                    .see("begin"), .resize(40), .see("\u{1b}[2m" + String(repeating: "─", count: 39) + "\u{1b}[0m"),
                    .release("api", "end\n"),
                ])
            #expect(screen.status == 0)
            #expect(screen.isRestored)
        }
    }

    @Test func `a table that is watched follows the window's size`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let screen = try t.atTerminal(
                ["ps", "-a", "-w=100ms"], columns: 120,
                [.see("ID      RUN"), .resize(40), .see("ID      MODULE"), .type("\u{3}")])
            #expect(screen.status == 130)
            #expect(screen.output.contains("\u{1b}[2J"))
        }
    }

    @Test(
        arguments: [
            (["TERM": "dumb"], []), (["TERM": "xterm", "TUTTI_ACCESSIBLE": "1"], []), (["TERM": "xterm"], ["--plain"]),
            (["TERM": "xterm"], ["--json"]),
        ] as [([String: String?], [String])])
    func `a table that is watched is not drawn over where that disturbs`(
        _ environment: [String: String?], _ words: [String]
    ) async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let screen = try t.atTerminal(
                ["ps", "-a", "-w=100ms"] + words, environment: environment,
                [.see("completed"), .see("completed"), .type("\u{3}")])
            #expect(screen.status == 130)
            #expect(!screen.output.contains("\u{1b}[2J"))
        }
    }

    @Test func `no colour, no Unicode and a dumb terminal are respected`() async throws {
        try await Scene.with(["api"]) { t in
            let plain = try t.atTerminal(["ask", "x", "api"], environment: ["TERM": "dumb"], [])
            #expect(!plain.output.contains("\u{1b}"))
            #expect(plain.output.contains("run     start"))
            let grey = try t.atTerminal(["ask", "x", "api"], environment: ["TERM": "xterm", "NO_COLOR": "1"], [])
            #expect(!grey.output.contains("\u{1b}[32m") && !grey.output.contains("\u{1b}[2m"))
            #expect(grey.output.contains("✓"))
            let ascii = try t.atTerminal(["ask", "x", "api"], environment: ["TERM": "xterm", "LANG": "C"], [])
            #expect(ascii.output.unicodeScalars.allSatisfy { $0.isASCII }, "\(ascii.output)")
            let forced = try t.tutti("ps", "-a", "--color", "always")
            #expect(forced.output.contains("\u{1b}[32m"))
        }
    }

    /// A line without the sequences that move and colour.
    private static func visible(_ line: Substring) -> String {
        var result = ""
        var isSequence = false
        for character in line {
            if character == "\u{1b}" {
                isSequence = true
            } else if isSequence {
                if character.isLetter { isSequence = false }
            } else if character != "\r" {
                result.append(character)
            }
        }
        return result
    }
}
