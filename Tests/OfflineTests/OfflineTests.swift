import Glibc
import TestSupport
import Testing

@testable import Offline

@Suite struct OfflineTests {
    private func ask(_ question: String, _ folder: String) -> (sink: MemorySink, status: Int32) {
        let sink = MemorySink()
        let status = OfflineProvider.run(["--pace", "0", "--folder", folder], sink: sink, pace: FakePace()) {
            Array(question.utf8)
        }
        return (sink, status)
    }

    @Test(arguments: [
        ("gateway", "Which endpoints skip the auth check?", "routes.go:20"),
        ("payments", "Who checks whether somebody may refund?", "src/refund.ts:3"),
        ("payments", "Where is requireUser defined?", "src/auth.ts:6"),
        ("search", "What happens with an empty query?", "server.py:24"),
        ("search", "How are products ranked, tf idf?", "index.py:28"),
        ("web", "Where is the session token stored?", "session.js:1"),
        ("docs", "Somebody was charged twice, what now?", "runbook.md:11"),
    ])
    func `the line that answers is among the citations`(_ module: String, _ question: String, _ place: String) throws {
        let (sink, status) = ask(question, demo + "/" + module)
        #expect(status == 0)
        let result = try #require(sink.texts("result", "text").first)
        let cited = result.split(separator: "\n").filter { $0.first?.isNumber == true }
        let file = place.prefix { $0 != ":" }
        let line = try #require(Int(place.drop { $0 != ":" }.dropFirst()))
        // The excerpt shows the lines around, so a neighbour answers as well.
        let found = cited.contains { entry in
            let words = entry.split(separator: " ")
            let parts = words.count > 1 ? words[1].split(separator: ":") : []
            return parts.count == 2 && parts[0] == file && abs((Int(parts[1]) ?? -9) - line) <= 2
        }
        #expect(found, "\(result)")
    }

    @Test func `the events come in their order and the deltas are the result`() throws {
        let (sink, status) = ask("Which endpoints skip the auth check?", demo + "/gateway")
        #expect(status == 0)
        let types = sink.types
        #expect(types.prefix(3) == ["start", "tool_start", "tool_end"])
        #expect(types.suffix(3) == ["table", "usage", "result"])
        #expect(Set(types.dropFirst(3).dropLast(3)) == ["delta"])
        let deltas = sink.texts("delta", "text")
        #expect(deltas.count > 20)
        #expect(deltas.allSatisfy { $0.utf8.count < 200 })
        #expect(deltas.joined() == sink.texts("result", "text").first)
        #expect(sink.texts("start", "model") == ["offline-search"])
        #expect(sink.texts("tool_end", "output").first?.contains("routes.go:") == true)
        #expect(sink.texts("result", "text").first?.contains("no model was asked") == true)
    }

    @Test func `the same question gives the same bytes`() {
        #expect(ask("token", demo + "/web").sink.bytes == ask("token", demo + "/web").sink.bytes)
    }

    @Test func `the answer comes at the pace that was asked for`() {
        let sink = MemorySink()
        let pace = FakePace()
        let status = OfflineProvider.run(["--pace=10", "--folder=\(demo)/web"], sink: sink, pace: pace) {
            Array("token".utf8)
        }
        #expect(status == 0)
        #expect(pace.moments.count == sink.texts("delta", "text").count)
        #expect(pace.moments.last == .milliseconds(10 * pace.moments.count))
    }

    @Test func `a question that names nothing gets an overview with the README`() throws {
        let (sink, status) = ask("What does this module do, in 3 lines?", demo + "/search")
        #expect(status == 0)
        let result = try #require(sink.texts("result", "text").first)
        #expect(result.contains("README.md:3 says:"))
        #expect(result.contains("index.py:1: words (line 10), Index (line 14)"))
        #expect(!sink.types.contains("table"))
    }

    @Test func `words that stand nowhere are said to stand nowhere`() throws {
        let result = try #require(ask("zebra quagga", demo + "/web").sink.texts("result", "text").first)
        #expect(result.hasPrefix("None of the words zebra, quagga stands in the"))
    }

    @Test(arguments: ["", "  \n\t "])
    func `an empty question is an error event and status 1`(_ question: String) {
        let (sink, status) = ask(question, demo + "/web")
        #expect(status == 1)
        #expect(sink.types == ["start", "error"])
        #expect(sink.texts("error", "class") == ["invalid_request"])
    }

    @Test func `a folder that is not there is a failed tool call and an error event`() {
        let (sink, status) = ask("token", "/nowhere/at/all")
        #expect(status == 1)
        #expect(sink.types == ["start", "tool_start", "tool_end", "error"])
        #expect(sink.texts("error", "message").first?.contains("No such file or directory") == true)
    }

    @Test func `a question of ten megabytes is answered`() {
        let question = "token " + String(repeating: "x ", count: 5_000_000) + "session"
        let (sink, status) = ask(question, demo + "/web")
        #expect(status == 0)
        #expect(sink.texts("result", "text").first?.contains("session.js") == true)
        let none = MemorySink()
        #expect(OfflineProvider.run(["--pace", "0"], sink: none, pace: FakePace()) { nil } == 1)
        #expect(none.types == ["error"])
    }

    @Test(arguments: [
        "\" OR 1", "a* NEAR(b c)", "words:x", "{}()[]^-+", "NOT AND OR", "'; DROP TABLE passages; --", "\u{0}\u{1B}[2J",
        "日本語 トークン",
    ])
    func `a question in the search's own language is plain words`(_ question: String) {
        let (sink, status) = ask(question, demo + "/web")
        #expect(status == 0)
        #expect(sink.types.last == "result")
        #expect(!sink.bytes.contains(0x1B))
    }

    @Test func `a reader that leaves ends the program as a closed pipe does`() {
        for lines in 0...6 {
            let sink = MemorySink()
            sink.limit = lines
            #expect(
                OfflineProvider.run(["--pace", "0", "--folder", demo + "/web"], sink: sink, pace: FakePace()) {
                    Array("token".utf8)
                } == 141)
        }
    }

    @Test(arguments: [["--what"], ["--pace", "-1"], ["--pace"], ["--passages", "0"], ["x"]])
    func `an argument that it does not know is wrong usage`(_ arguments: [String]) {
        #expect(OfflineProvider.run(arguments, sink: MemorySink(), pace: FakePace()) { [] } == 64)
    }

    @Test func `only text files of the folder are read: no links, no hidden files, nothing large or binary`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("m")
            _ = try folder.makeFolder("m/node_modules")
            _ = try folder.makeFolder("m/.git")
            _ = try folder.makeFolder("out")
            try folder.write("canary outside\n", to: "out/secret.txt")
            symlink(folder.file("out/secret.txt"), folder.file("m/link.txt"))
            symlink(folder.file("out"), folder.file("m/linked"))
            mkfifo(folder.file("m/pipe"), 0o600)
            try folder.write("canary\n", to: "m/.env")
            try folder.write("canary\n", to: "m/.git/config")
            try folder.write("canary\n", to: "m/node_modules/a.js")
            try folder.write("canary\n", to: "m/server.key")
            try folder.write([0x63, 0x61, 0x00], to: "m/binary")
            try folder.write([0x63, 0xFF, 0x0A], to: "m/latin1.txt")
            try folder.write(String(repeating: "canary ", count: 100_000), to: "m/large.txt")
            try folder.write("plain words\n", to: "m/a.txt")
            let reading = try #require(FolderReader().read(folder.file("m")))
            #expect(reading.files.map(\.path) == ["a.txt"])
            #expect(reading.skipped == 3)
            let (sink, _) = ask("canary", folder.file("m"))
            #expect(!sink.texts("tool_end", "output").joined().contains("canary"))
        }
    }

    @Test func `a folder over the bounds is cut and says so`() throws {
        try withTemporaryFolder { folder in
            for number in 0..<20 { try folder.write("token \(number)\n", to: "\(number).txt") }
            var reader = FolderReader()
            reader.bounds.files = 5
            let reading = try #require(reader.read(folder.path))
            #expect(reading.files.count == 5)
            #expect(reading.isCut)
        }
    }

    @Test func `a line is placed in the declaration that it belongs to`() throws {
        let file = SourceFile(
            path: "a.swift",
            lines: [
                "/// About the machine.", "struct Machine {", "    func inner() {", "        work()", "    }",
                "    // between", "    func last() {}", "}", "", "work()",
            ])
        let symbols = Symbols.of(file)
        let places = [1, 2, 4, 6, 7, 10].map { Symbols.enclosing($0, of: symbols, in: file)?.name }
        #expect(places == ["Machine", "Machine", "inner", "Machine", "last", nil])
    }

    @Test(arguments: [
        ("verifyToken", ["verifytoken", "verify", "token"]), ("auth_check", ["authcheck", "auth", "check"]),
        ("HTTPServer2", ["httpserver2", "http", "server2"]), ("plain", ["plain"]), ("", []), ("__init__", ["init"]),
    ])
    func `names are cut into their words`(_ name: String, _ words: [String]) { #expect(Words.split(name) == words) }
}
