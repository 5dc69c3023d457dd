import TestSupport
import Testing

/// What programs read: JSON in one line, events with their numbers, and never an escape sequence.
@Suite struct MachineOutputTests {
    static let readers: [[String]] = [
        ["ps"], ["ps", "-a"], ["show", "@last"], ["show", "@last", "--timeline"], ["show", "@last", "--usage"],
        ["logs", "@last"], ["events"], ["search", "line"], ["diff", "@last"], ["usage"], ["usage", "--by", "run"],
        ["wait", "@last"], ["module", "ls"], ["module", "show", "api"], ["provider", "ls"],
        ["provider", "show", "told"],
        ["config", "get"], ["config", "path"], ["config", "explain", "jobs"], ["doctor"], ["schema"], ["version"],
        ["batch", "plan", batch], ["batch", "explain", batch, "ask"], ["batch", "validate", batch],
    ]
    private static let batch = Repository.path("Config/examples/retries.batch.yaml")

    @Test func `every read command speaks JSON and writes no escape sequence`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake: --lines 30 --tool-calls 1]]", "api", "web")
            for words in MachineOutputTests.readers {
                let plain = try run(t.command(words), directory: t.project)
                #expect([0, 1].contains(plain.status), "\(words) \(plain.errors)")
                #expect(!(plain.output + plain.errors).contains("\u{1b}"), "\(words)")
                let spoken = try run(t.command(words + ["--json"]), directory: t.project)
                #expect([0, 1].contains(spoken.status), "\(words) \(spoken.errors)")
                #expect(!spoken.output.contains("\u{1b}"), "\(words)")
                let lines = try Fields.lines(spoken.output)
                #expect(!lines.isEmpty, "\(words)")
                #expect(lines.count == 1 || words[0] == "events" || words[0] == "logs", "\(words)")
            }
        }
    }

    @Test func `the first line is enough of every command, and the rest is quiet`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake: --lines 3000 --width 100 --tool-calls 1]]", "api", "web")
            for words in MachineOutputTests.readers + [["help"], ["completion", "bash"], ["logs", "--raw", "@last"]] {
                let result = try t.shell("tutti \(words.joined(separator: " ")) | head -1; echo ${PIPESTATUS[0]}")
                #expect(result.errors == "", "\(words)")
                let status = result.lines.last
                #expect(status == "0" || status == "1" || status == "141", "\(words): \(status ?? "")")
            }
            let large = try t.shell("tutti events | head -1 >/dev/null; echo ${PIPESTATUS[0]}")
            #expect(large.output == "141\n")
        }
    }

    @Test func `every line of events and of ask says its version, number, time and type`() async throws {
        try await Scene.with { t in
            let asked = try t.tutti("ask", "x [[fake web: --outcome refusal]]", "api", "web", "--json")
            #expect(asked.status == 1)
            let told = try Fields.lines(asked.output)
            for line in try told + Fields.lines(t.tutti("events").output) {
                #expect(line["v"].number == 1)
                #expect(line["seq"].number ?? 0 > 0)
                #expect(line["ts"].text?.hasSuffix("Z") == true)
                #expect(line["type"].text != nil)
            }
            let last = try #require(told.last)
            #expect(last["type"].text == "run.finished")
            #expect(last["exit"].number == 1)
            #expect(last["failures"][0]["module"].text == "web")
            #expect(last["cost_micros"].number ?? 0 > 0)
        }
    }

    @Test func `fields can be picked and named`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            #expect(try t.json("ps", "-a", "--json=module,state")[0].names == ["module", "state"])
            #expect(try t.tutti("ps", "-a", "--json=?").lines.contains("state"))
            #expect(try t.tutti("ps", "-a", "--format", "{{module}}={{state}}").output == "api=completed\n")
            let wrong = try t.tutti("ps", "-a", "--json=stat")
            #expect(wrong.status == 64)
            #expect(wrong.errors.contains("did you mean state"))
        }
    }

    @Test func `progress of a run that nobody watches is one line per change`() async throws {
        try await Scene.with(["api"]) { t in
            let result = try t.tutti("ask", "x", "api")
            #expect(result.output == "line 1\nline 2\nline 3\n")
            #expect(result.errors.contains("run     start    modules=1"))
            #expect(result.errors.contains("run     end      completed=1 exit=0"))
            #expect(!result.errors.contains("\r"))
        }
    }
}
