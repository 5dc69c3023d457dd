import Glibc
import TestSupport
import Testing

/// The exit status of every way to end, and that each failure says what to do next.
@Suite struct ExitCodeTests {
    /// One command line and the status that it must leave with.
    struct Ending: Sendable, CustomTestStringConvertible {
        let status: Int32
        let words: [String]
        var says = ""
        var testDescription: String { "\(status): \(words.joined(separator: " "))" }
    }

    static let endings = [
        Ending(status: 0, words: ["ask", "x", "api", "web"]),
        Ending(status: 0, words: ["ask", "x [[fake api: --outcome refusal]]", "api", "web", "--exit-status", "all"]),
        Ending(status: 0, words: ["ask", "x [[fake: --outcome refusal]]", "api", "--exit-status", "none"]),
        Ending(status: 0, words: ["ask", "x [[fake web: --hang 2]]", "api", "web", "--any", "1"]),
        Ending(status: 1, words: ["ask", "x [[fake api: --outcome refusal]]", "api", "web"], says: "tutti retry"),
        Ending(status: 1, words: ["ask", "x [[fake: --no-result --cut 2 --exit 7]]", "api"], says: "tutti retry"),
        Ending(status: 1, words: ["ask", "x [[fake: --signal SEGV --cut 1]]", "api"], says: "tutti retry"),
        Ending(status: 2, words: ["ask", "x [[fake api: --outcome refusal]]", "api", "web", "--any", "2"]),
        Ending(
            status: 3, words: ["ask", "x [[fake: --hang 1]]", "api", "--timeout", "300ms"], says: " --timeout TIME"),
        Ending(
            status: 3, words: ["ask", "x [[fake: --hang 1]]", "api", "--deadline", "1s"],
            says: "the deadline of 1 s for the whole run was over"),
        Ending(status: 6, words: ["ask", "x", "api", "web", "-j", "1", "--max-cost", "0.003"]),
        Ending(status: 64, words: ["aks", "x", "api"], says: "did you mean: tutti ask"),
        Ending(status: 64, words: ["ask", "x"], says: "--all"),
        Ending(status: 64, words: ["ask", "", "api"], says: "tutti ask"),
        Ending(status: 64, words: ["ask", "x", "api", "-j", "0"], says: "-j"),
        Ending(status: 64, words: ["ask", "x", "api", "--any", "2"], says: "from 1 to 1"),
        Ending(status: 64, words: ["ask", "x", "api", "--halt", "never"], says: "soon,fail=3"),
        Ending(status: 64, words: ["ask", "x", "api", "--timeout", "soon"]),
        Ending(status: 64, words: ["ask", "x", "api", "--timeout", "0s"], says: "write 90s"),
        Ending(status: 64, words: ["ps", "--nonsense"], says: "tutti help ps"),
        Ending(status: 66, words: ["ask", "x", "apo"], says: "did you mean \"api\""),
        Ending(status: 66, words: ["ask", "x", "./nowhere"], says: "tutti module ls"),
        Ending(status: 66, words: ["ask", "x", "api", "--provider", "tolt"], says: "told"),
        Ending(status: 66, words: ["ask", "x", "api", "--attach", "nowhere"], says: "name a file"),
        Ending(status: 69, words: ["ask", "x", "api", "--provider", "codex"], says: "tutti provider ls"),
        Ending(status: 69, words: ["ask", "x [[fake: --outcome 401]]", "api", "web"], says: "sign in"),
        Ending(status: 1, words: ["ask", "x [[fake api: --outcome 401]]", "api", "web"], says: "sign in"),
        Ending(status: 0, words: ["ask", "x [[fake: --outcome 401]]", "api", "--exit-status", "none"]),
    ]

    @Test(arguments: endings) func `each way to end has its status`(_ ending: Ending) async throws {
        try await Scene.with { t in
            let result = try run(t.command(ending.words), directory: t.project, limit: TestTime.limit * 2)
            #expect(result.status == ending.status, "\(result.errors)")
            #expect(result.errors.contains(ending.says), "\(result.errors)")
            #expect(!result.errors.contains("\u{1b}") && !result.output.contains("\u{1b}"))
        }
    }

    @Test func `a schema that is not JSON is bad input, and a file of settings that is wrong is bad settings`()
        async throws
    {
        try await Scene.with { t in
            try t.folder.write("{", to: "project/bad.json")
            let schema = try t.tutti("ask", "x", "api", "--schema", "bad.json")
            #expect(schema.status == 65)
            #expect(schema.errors.contains("bad.json"))
            try t.folder.write("version: 1\njobz: 3\n", to: "project/other.yaml")
            let settings = try t.tutti("ask", "x", "api", "--config", "other.yaml")
            #expect(settings.status == 78)
            #expect(settings.errors.contains("other.yaml:2:1"))
        }
    }

    @Test func `a store of a newer version is refused by every command with 78, and not changed`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            _ = try Outside.script(
                "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('pragma user_version = 9999'); db.commit(); "
                    + "db.execute('pragma wal_checkpoint(truncate)'); print('{}')", [t.store])
            let before = try t.shell("md5sum < '\(t.store)'").output
            for words in [["ps"], ["show", "@last"], ["ask", "y", "api"], ["cancel", "@last"], ["usage"]] {
                let result = try run(t.command(words), directory: t.project)
                #expect(result.status == 78, "\(words) \(result.errors)")
                #expect(result.errors.contains("newer Tutti") && result.errors.contains("nothing was changed"))
            }
            #expect(try t.shell("md5sum < '\(t.store)'").output == before)
            #expect(try t.tutti("help", "exit-codes").output.contains("a store of a newer Tutti"))
        }
    }

    @Test func `a second cancel says truly that the first one is at work`() async throws {
        try await Scene.with(["api"], grace: "10m") { t in
            let ask = try t.start("ask", "x [[fake: --lines 3 --hang 2 --ignore-term]]", "api")
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            #expect(try t.tutti("cancel", "@last").output.contains("asked to stop, 1 job"))
            let second = try t.tutti("cancel", "@last", "--json")
            #expect(try Fields(second.output)[0]["standing"].text == "stopping_already")
            #expect(try t.tutti("cancel", "@last").output.contains("is being stopped already"))
            ask.signal(SIGINT)
            ask.signal(SIGINT)
            _ = try ask.wait()
        }
    }

    @Test func `cancelled by another command is 5, there and in wait`() async throws {
        try await Scene.with { t in
            let ask = try t.start("ask", "x [[fake: --hang 1]]", "api")
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            let waiting = try t.start("wait", "@last")
            #expect(try t.tutti("cancel", "@last").status == 0)
            #expect(try ask.wait().status == 5)
            #expect(try waiting.wait().status == 5)
            #expect(t.survivors() == [])
        }
    }

    @Test func `what is not there is 66, in every command that names something`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x", "api")
            for words in [["show"], ["logs"], ["wait"], ["diff"], ["cancel"], ["retry"], ["replay"], ["events"]] {
                let result = try run(t.command(words + ["ZZZZZZZZ"]), directory: t.project)
                #expect(result.status == 66, "\(words) \(result.errors)")
                #expect(result.errors.contains("tutti ps -a"), "\(words) \(result.errors)")
            }
        }
    }

    @Test func `a command that waits leaves with 130 and 143 and 3, and the session goes on`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            for (number, status) in [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)] {
                let follow = try t.start("logs", "-f", "@last")
                try follow.waitForOutput("begin")
                follow.signal(number)
                #expect(try follow.wait().status == status)
            }
            #expect(try t.tutti("wait", "@last", "--timeout", "50ms").status == 3)
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
        }
    }

    @Test func `help of a command is that command's`() async throws {
        try await Scene.with([]) { t in
            for (words, says) in [
                (["ask", "--help"], "tutti ask QUESTION"), (["ps", "-h"], "tutti ps"), (["help", "ps"], "tutti ps"),
                (["config", "--help"], "config <subcommand>"), (["config"], "config <subcommand>"),
            ] {
                let result = try run(t.command(words), directory: t.project)
                #expect(result.status == 0)
                #expect(result.output.contains(says), "\(words): \(result.output.prefix(200))")
            }
        }
    }
}
