import TestSupport
import Testing

/// What else a person does with a run.
@Suite struct FeatureTests {
    @Test func `retry asks again what failed, in the same run`() async throws {
        try await Scene.with { t in
            let counter = t.folder.file("counter")
            let question = "x [[fake web: --counter \(counter)]] [[fake web #1: --outcome refusal]]"
            #expect(try t.tutti("ask", question, "api", "web").status == 1)
            let again = try t.tutti("retry", "@last", "--failed")
            #expect(again.status == 0, "\(again.errors)")
            #expect(try t.json("show", "@last", "--json")["state"].text == "completed")
            let rows = try Outside.query(
                t.store,
                "select jobs.module, count(*) from sessions join jobs on jobs.row = sessions.job group by 1 order by 1")
            #expect(rows[0][1].number == 1)
            #expect(rows[1][1].number == 2)
            #expect(try t.tutti("diff", "@last", "--by", "attempt", "web").status == 0)
        }
    }

    @Test func `what ran out of time is asked again with more of it, as its advice says`() async throws {
        try await Scene.with(["api"]) { t in
            for option in ["--timeout", "--deadline"] {
                let counter = t.folder.file("counter" + option)
                let question = "x [[fake: --counter \(counter)]] [[fake #1: --hang 1]] [[fake #2: --first-delay 1500]]"
                let late = try t.tutti("ask", question, "api", option, "1s")
                #expect(late.status == 3, "\(late.errors)")
                #expect(late.errors.contains(" --timeout TIME (or --deadline TIME for all "), "\(late.errors)")
                #expect(!late.errors.contains("ask again:"), "\(late.errors)")
                let again = try t.tutti("retry", "@last", option, "1m")
                #expect(again.status == 0, "\(again.errors)")
            }
            #expect(try t.tutti("retry", "@last", "--timeout", "0s").status == 64)
        }
    }

    @Test func `a part that is not printed is not said to stand above`() async throws {
        try await Scene.with { t in
            let question = "x [[fake web: --lines 2 --no-result --cut 2 --exit 7]]"
            for words in [["--any", "2"], ["--merge", "json"]] {
                let result = try t.tutti(words: ["ask", question, "api", "web"] + words)
                #expect(!result.errors.contains("above"), "\(result.errors)")
                #expect(result.errors.contains("web: there is no whole answer"), "\(result.errors)")
                #expect(result.errors.contains("what it said: tutti show -r "), "\(result.errors)")
            }
        }
    }

    @Test func `a run that used more than it may says so, whatever its status`() async throws {
        try await Scene.with { t in
            let over = try t.tutti("ask", "x", "api", "--max-cost", "0.001")
            #expect(over.status == 0, "\(over.errors)")
            #expect(over.errors.contains("has used more than its budget: $"), "\(over.errors)")
            #expect(over.errors.contains("-j 1"))
            #expect(try t.tutti("show", "@last").output.contains("has used more than its budget: $"))
        }
    }

    @Test func `a rate limit is tried again by itself`() async throws {
        try await Scene.with(["api"]) { t in
            let question = "x [[fake: --counter \(t.folder.file("counter"))]] [[fake #1: --outcome 429 --lines 0]]"
            let result = try t.tutti("ask", question, "api", "--retries", "2")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "line 1\nline 2\nline 3\n")
            #expect(result.errors.contains("reason=rate_limit"))
        }
    }

    @Test func `what a provider did not state makes a cost unknown, everywhere alike; commands cost nothing`()
        async throws
    {
        try await Scene.with { t in
            try t.folder.write(
                "version: 1\nmodules: { api: { path: api }, web: { path: web, provider: lines } }\n",
                to: "project/tutti.yaml")
            func ending(_ words: String...) throws -> Fields {
                let events = try t.tutti(words: ["--json"] + words)
                let lines = try Fields.lines(events.output)
                return try #require(lines.last { $0["type"].text == "run.finished" }, "\(events.errors)")
            }
            let both = try ending("ask", "x", "api", "web")
            #expect(both["cost_is_partial"].number == 1, "\(both)")
            #expect(both["cost"].text != "0")
            #expect(try t.tutti("show", "@last").output.contains("at least $"))
            let usage = try t.json("usage", "--run", "@last", "--json")
            #expect(usage.list.first { $0["module"].text == "web" }?["sessions"].number == 1, "\(usage)")
            #expect(usage.list.first { $0["module"].text == "web" }?["cost"].text == nil)
            let rows = try t.json("ps", "-a", "--json")
            #expect(rows.list.map { $0["cost"].text != nil }.sorted { $0 && !$1 } == [true, false], "\(rows)")

            // Cut off before it said what it had used.
            let cut = try ending("ask", "x [[fake: --hang 1]]", "api", "--timeout", "1s")
            #expect(cut["cost_is_partial"].number == 1 && cut["cost"].text == "0", "\(cut)")
            let offline = try ending("ask", "x", "api", "--provider", "offline")
            #expect(offline["cost_is_partial"].number == 0, "\(offline)")
            #expect(try ending("submit", "--", "true")["cost_is_partial"].number == 0)
        }
    }

    @Test func `diff shows the answers side by side`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake api: --answer apples]] [[fake web: --answer pears]]", "api", "web")
            let shown = try t.tutti("diff", "@last")
            #expect(shown.status == 0)
            #expect(shown.output.contains("apples") && shown.output.contains("pears"))
            let fields = try t.json("diff", "@last", "--json")
            #expect(fields.list.compactMap { $0["content"].text } == ["apples", "pears"])
        }
    }

    @Test func `replay plays a session again and starts nothing`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x [[fake: --lines 5 --rate 50]]", "api")
            let session = try required(try t.json("ps", "-a", "--json")[0]["id"])
            let count = try Outside.query(t.store, "select count(*) from sessions")[0][0].number
            let played = try t.tutti("replay", session, "--speed", "10")
            #expect(played.status == 0)
            #expect(played.output.contains("line 1\nline 2\nline 3\nline 4\nline 5\n"))
            #expect(try Outside.query(t.store, "select count(*) from sessions")[0][0].number == count)
        }
    }

    @Test func `the raw log is the spool, byte for byte`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x [[fake: --lines 300 --unicode --tool-calls 2 --retract]]", "api")
            let session = try required(try t.json("ps", "-a", "--json")[0]["id"])
            let raw = try t.shell(
                "tutti logs --raw \(session) | cmp - \(t.state)/stores/*/sessions/\(session)/spool.jsonl && echo same")
            #expect(raw.output == "same\n", "\(raw.errors)")
        }
    }

    @Test func `events go on after a number without a gap or a repetition`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x [[fake: --lines 50 --rate 200]]", "api", "web")
            let all = try Fields.lines(t.tutti("events").output).compactMap { $0["seq"].number }
            #expect(all == Array(1...all.count))
            let middle = all.count / 2
            let rest = try Fields.lines(t.tutti("events", "--from", "\(middle)").output).compactMap { $0["seq"].number }
            #expect(rest == Array(all[middle...]))
        }
    }

    @Test func `following events meets each one once and ends with the run`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            let follow = try t.start("events", "-f", "--from", "0", "--until-done", "@last")
            try follow.waitForOutput("text.delta")
            try t.release("api", "end\n")
            #expect(try follow.wait().status == 0)
            let lines = try Fields.lines(follow.outputText)
            let seen = lines.compactMap { $0["seq"].number }
            #expect(seen == Array(1...seen.count))
            #expect(lines.last?["type"].text == "run.finished")
        }
    }

    @Test func `usage is summed by module and nothing is counted twice`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x", "api", "web")
            try t.tutti("ask", "x [[fake: --retract]]", "api")
            let fields = try t.json("usage", "--by", "module", "--json")
            let tokens = fields.list.reduce(into: [String: Int]()) { sums, row in
                if let module = row["module"].text { sums[module] = row["input"].number }
            }
            #expect(tokens["web"] == 1000)
            #expect(tokens["api"] == 2000, "\(tokens)")
            let stored = try Outside.query(t.store, "select sum(input) from usage_ledger")
            #expect(stored[0][0].number == 3000)
        }
    }

    @Test func `an answer that does not fit the schema is asked for once more`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                #"{"type":"object","required":["count"],"properties":{"count":{"type":"integer"}}}"#,
                to: "project/schema.json")
            let counter = t.folder.file("counter")
            let question = """
                x [[fake: --counter \(counter)]] [[fake #1: --answer '{"count":"many"}']] [[fake #2: --answer '{"count":3}']]
                """
            let result = try t.tutti("ask", question, "api", "--schema", "schema.json")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try Fields(result.output)["count"].number == 3)
            #expect(contents(of: counter)?.count == 2)
        }
    }

    @Test func `an answer that never fits the schema fails`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(#"{"type":"object","required":["count"]}"#, to: "project/schema.json")
            let result = try t.tutti("ask", "x", "api", "--schema", "schema.json")
            #expect(result.status == 1)
            let rows = try Outside.query(
                t.store, "select error_class from messages where role = 'assistant' order by row")
            #expect(rows.list.last?[0].text == "structured_output")
        }
    }

    @Test func `answers are merged one after another, by vote, as JSON, and by a prompt`() async throws {
        try await Scene.with(["api", "docs", "web"]) { t in
            let question = "x [[fake api: --answer yes]] [[fake docs: --answer no]] [[fake web: --answer yes]]"
            func ask(_ merge: String) throws -> String {
                let result = try t.tutti("ask", question, "--all", "--merge", merge)
                guard result.status == 0 else { throw TestFailure(result.errors) }
                return result.output
            }
            let whole = try ask("concat")
            #expect(whole.contains("## api\n\nyes") && whole.contains("## docs\n\nno"))
            #expect(try ask("vote").contains("yes"))
            let object = try Fields(ask("json"))
            #expect(!object.isNull)
            #expect(try ask("Sum it up [[fake: --answer summed]]").contains("summed"))
        }
    }

    @Test func `a merge names the modules without an answer`() async throws {
        try await Scene.with { t in
            let result = try t.tutti(
                "ask", "x [[fake web: --outcome refusal --lines 0]]", "api", "web", "--merge", "concat")
            #expect(result.status == 1)
            #expect(result.output.contains("web"))
        }
    }

    @Test func `halt starts nothing more after failures`() async throws {
        try await Scene.with(["a", "b", "c", "d"]) { t in
            let result = try t.tutti(
                "ask", "x [[fake: --outcome refusal]]", "--all", "-j", "1", "--halt", "soon,fail=1")
            #expect(result.status == 1)
            let rows = try Outside.query(t.store, "select state, count(*) from jobs group by 1 order by 1")
            #expect(rows.list.map { $0[0].text } == ["failed", "skipped"])
            #expect(rows[1][1].number == 3)
        }
    }

    @Test func `halt now ends what runs`() async throws {
        try await Scene.with { t in
            let result = try t.tutti(
                "ask", "x [[fake api: --outcome refusal]] [[fake web: --hang 1]]", "api", "web", "--halt", "now,fail=1")
            #expect(result.status == 1)
            let rows = try Outside.query(t.store, "select module, state from jobs order by module")
            #expect(rows[0][1].text == "failed")
            #expect(rows[1][1].text == "cancelled")
            #expect(t.survivors() == [])
        }
    }

    @Test func `the same key twice gives one run`() async throws {
        try await Scene.with(["api"]) { t in
            let first = try t.tutti("ask", "x", "api", "--key", "nightly")
            let second = try t.tutti("ask", "x", "api", "--key", "nightly")
            #expect(first.status == 0 && second.status == 0)
            #expect(second.output == first.output)
            #expect(second.errors.contains("nothing was started"))
            #expect(try Outside.query(t.store, "select count(*) from runs")[0][0].number == 1)
            #expect(try Outside.query(t.store, "select count(*) from sessions")[0][0].number == 1)
        }
    }
}
