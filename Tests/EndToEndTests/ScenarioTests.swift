import Glibc
import TestSupport
import Testing

/// One process asks, another looks at the store with nothing but SQLite.
@Suite struct ScenarioTests {
    @Test func `a poller sees processing, growing content, then completed, by the ids that ask printed`() async throws {
        try await Scene.with(["api"]) { t in
            let ask = try t.start("ask", "hello [[fake: --lines 60 --rate 30 --width 40]]", "api", "--json")
            let first = try Fields.lines(ask.waitForOutput("run.started").firstLine)[0]
            let module = first["modules"][0]
            let seen = try Outside.watch(
                t.store, thread: required(module["thread"]), message: required(module["message"]))
            let states = seen[0].list
            #expect(states.count > 4)
            #expect(states.dropLast().allSatisfy { $0[0].text == "processing" })
            let lengths = states.compactMap { $0[1].number }
            #expect(lengths == lengths.sorted())
            #expect(states.last?[0].text == "completed")
            #expect(lengths.last == 60 * 40)
            #expect(seen[1][1].text?.hasPrefix("line 1.....") == true)
            #expect(try ask.wait().status == 0)
        }
    }

    @Test func `a message is processing before its provider says anything`() async throws {
        try await Scene.with(["api"]) { t in
            let ask = try t.start("ask", "hello [[fake: --hang start]]", "api")
            let rows = try Outside.until(
                t.store, "select content from processing_messages where module = 'api'")
            #expect(rows[0][0].text == "")
            ask.signal(SIGTERM)
            #expect(try ask.wait().status == 143)
            let after = try Outside.query(t.store, "select status from messages where role = 'assistant'")
            #expect(after[0][0].text == "cancelled")
        }
    }

    @Test func `a failing and a timed-out query end failed with the details`() async throws {
        try await Scene.with { t in
            let failing = try t.tutti("ask", "x [[fake: --outcome 400 --lines 0]]", "api")
            #expect(failing.status == 1)
            #expect(failing.errors.contains("tutti retry"))
            let late = try t.tutti("ask", "x [[fake: --lines 2 --hang 2]]", "web", "--timeout", "500ms")
            #expect(late.status == 3)
            #expect(late.output.contains("line 2"))
            let rows = try Outside.query(
                t.store,
                "select status, error_class, error, content from messages where role = 'assistant' order by row")
            #expect(rows[0][0].text == "failed")
            #expect(rows[0][1].text == "invalid_request")
            #expect(rows[0][2].text?.contains("the request is not valid") == true)
            #expect(rows[1][0].text == "failed")
            #expect(rows[1][1].text == "total_timeout")
            #expect(rows[1][2].text?.contains("0.5 s") == true)
            #expect(rows[1][3].text == "line 1\nline 2\n")
        }
    }

    @Test func `search finds a word of the answer while it still streams`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "hello", "api", "--provider", "gated")
            try Outside.until(t.store, "select 1 from processing_messages where content like '%begin%'")
            let found = try t.json("search", "begin", "--json")
            #expect(found[0]["module"].text == "api")
            #expect(
                try Outside.query(t.store, "select status from messages where module = 'api' and role = 'assistant'")[
                    0][0].text == "processing")
            try t.release("api", "zebra\n")
            #expect(try ask.wait().status == 0)
            #expect(try t.tutti("search", "zebra", "-c").output == "1\n")
        }
    }
}

extension String {
    /// The text before the first line feed.
    var firstLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
