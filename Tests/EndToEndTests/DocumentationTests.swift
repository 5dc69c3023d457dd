import Model
import TestSupport
import Testing

/// What the documentation says, tried with the built programs.
@Suite struct DocumentationTests {
    /// Runs `words` with tutti on PATH and nothing else of this machine's surroundings.
    private func tutti(_ words: [String], home: TemporaryFolder, directory: String? = nil) throws -> RunResult {
        try run(
            [
                "/usr/bin/env", "-i", "HOME=\(home.path)", "PATH=\(Products.folder):/usr/local/bin:/usr/bin:/bin",
                "LANG=C.UTF-8",
            ]
                + words, directory: directory ?? home.path)
    }

    @Test func `every command that is named can be explained`() throws {
        try withTemporaryFolder { home in
            var words: Set<String> = []
            for page in try Page.all.map({ try Page($0) }) {
                let code = page.spans + page.blocks.filter { $0.language.isEmpty }.flatMap(\.lines)
                for line in code {
                    let pieces = line.split(separator: " ")
                    for (place, piece) in pieces.enumerated() where piece == "tutti" && place + 1 < pieces.count {
                        let word = String(pieces[place + 1].prefix { $0.isLetter && $0.isASCII })
                        // `tutti --version`, or the word itself in a sentence.
                        if !word.isEmpty, word.count == pieces[place + 1].count { words.insert(word) }
                    }
                }
            }
            for line in try Page("README.md").text.split(separator: "\n") {
                let groups = ["| ask |", "| watch |", "| steer |", "| keep |", "| set up |"]
                guard groups.contains(where: { line.hasPrefix($0) }) else { continue }
                for span in line.split(separator: "`").dropFirst() {
                    let word = span.prefix { $0 != " " }
                    if !word.isEmpty, word.allSatisfy({ $0.isLetter && $0.isASCII }) { words.insert(String(word)) }
                }
            }
            // Hidden ones, and a word that only looks like one.
            words.subtract(["offline", "recover", "asks", "with"])
            #expect(words.count > 20, "\(words)")
            for word in words.sorted() {
                let result = try tutti(["tutti", "help", word], home: home)
                #expect(result.status == 0, "tutti help \(word): \(result.errors)")
            }
        }
    }

    @Test func `every recipe for a provider can be used`() throws {
        try withTemporaryFolder { home in
            let recipes = Repository.path("Config/providers.yaml")
            let listed = try tutti(
                ["tutti", "provider", "ls", "--config", recipes, "--format", "{{name}} {{base}}"], home: home)
            #expect(listed.status == 0, "\(listed.errors)")
            for line in [
                "claude-opus claude", "claude-edits claude", "claude-gateway claude", "codex-writes codex",
                "gemini plain",
                "ollama plain", "my-agent jsonl", "offline-fast offline", "recorded-codex replay",
            ] { #expect(listed.lines.contains(Substring(line)), "\(listed.output)") }
        }
    }

    @Test func `the lines of a program of one's own mean what the page shows`() throws {
        try withTemporaryFolder { home in
            let page = try Page("Documentation/Providers.md")
            let lines = try #require(page.blocks(in: "json").first)
            try home.write(lines.text, to: "agent.jsonl")
            let shown = try #require(page.blocks(in: "").first { $0.lines[0].hasPrefix("$ tutti provider parse") })
            let words = shown.lines[0].dropFirst(2).split(separator: " ").map(String.init)
            let result = try tutti(words + ["--config", Repository.path("Config/providers.yaml")], home: home)
            #expect(result.output == shown.lines.dropFirst().joined(separator: "\n") + "\n", "\(result.errors)")
        }
    }

    @Test func `an adapted program answers once it is trusted`() throws {
        try withTemporaryFolder { home in
            let page = try Page("Documentation/Providers.md")
            try home.write(try #require(page.blocks(in: "python").first).text, to: "adapter.py", executable: true)
            try home.write(try #require(page.blocks(in: "yaml").last).text, to: "tutti.yaml")
            _ = try home.makeFolder("module")
            let ask = ["tutti", "ask", "What is this?", "module", "--provider", "adapted"]
            #expect(try tutti(ask, home: home).status == ExitCode.notAllowed.rawValue)
            #expect(try tutti(["tutti", "trust", "--yes"], home: home).status == 0)
            let answered = try tutti(ask, home: home)
            #expect(answered.status == 0, "\(answered.errors)")
            #expect(answered.output == "You asked: What is this?\n")
        }
    }

    @Test func `another process polls the store as the README shows`() throws {
        try withTemporaryFolder { home in
            try writeShop(home)
            try home.write(try #require(try Page("README.md").blocks(in: "python").first).text, to: "poll.py")
            let polled = try tutti(["python3", home.file("poll.py")], home: home, directory: home.file("shop"))
            #expect(polled.status == 0, "\(polled.errors)")
            let lines = polled.lines
            #expect(lines.first?.hasPrefix("processing ") == true)
            #expect(lines.dropLast().last?.hasPrefix("completed ") == true)
            #expect(lines.last == "exit 0")
            let lengths = lines.dropLast().compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(lengths == lengths.sorted(), "the text grows")
            #expect(lengths.last ?? 0 > 100)
        }
    }

    @Test func `the queries of the store's page give rows`() throws {
        try withTemporaryFolder { home in
            try writeShop(home)
            let asked = try tutti(
                ["tutti", "ask", "Who checks the token?", "gateway"], home: home, directory: home.file("shop"))
            #expect(asked.status == 0, "\(asked.errors)")
            let page = try Page("Documentation/Store.md")
            let queries = page.spans.filter { $0.hasPrefix("select ") }
            #expect(!queries.isEmpty)
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
                for query in sys.argv[2:]: print(len(database.execute(query).fetchall()))
                """
            let views = [
                "messages", "event_log", "usage_ledger", "runs", "jobs", "sessions", "threads", "coordinators",
            ]
            let counted = try tutti(
                ["python3", "-c", script, home.file(".local/share/tutti/tutti.db")]
                    + queries.map { $0.replacingWord("refund", by: "token") } + views.map { "select * from \($0)" },
                home: home)
            #expect(counted.status == 0, "\(counted.errors)")
            #expect(counted.lines.count == queries.count + views.count)
            #expect(!counted.lines.contains("0"), "\(counted.output)")
        }
    }

    private func writeShop(_ home: TemporaryFolder) throws {
        _ = try home.makeFolder("shop")
        _ = try home.makeFolder("shop/gateway")
        let file = (1...40).map {
            "// Part \($0): the token is checked here by requireToken\($0).\nfunc requireToken\($0)() {}\n"
        }
        try home.write(file.joined(separator: "\n"), to: "shop/gateway/auth.go")
        try home.write(
            "version: 1\nprovider: offline\nmodules: { gateway: { path: gateway } }\n", to: "shop/tutti.yaml")
    }
}

extension String {
    /// The text with each `word` replaced.
    fileprivate func replacingWord(_ word: String, by other: String) -> String {
        split(separator: word, omittingEmptySubsequences: false).joined(separator: other)
    }
}
