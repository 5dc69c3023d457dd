import Glibc
import TestSupport
import Testing

/// What a person sees of the queue and does with it, while others do the work.
@Suite struct QueueTests {
    /// Asks in the background, and gives the run once somebody works on it.
    private func ask(_ t: Scene, _ words: String...) throws -> String {
        let accepted = try run(t.command(["ask"] + words + ["-d", "--json"]), directory: t.project)
        guard accepted.status == 0 else { throw TestFailure("\(words): \(accepted.errors)") }
        let run = try required(try Fields(accepted.output)["run"])
        try Outside.until(t.store, "select 1 from runs where id = ? and state = 'running'", run)
        return run
    }

    private func jobs(_ t: Scene, _ run: String) throws -> [String: String] {
        let rows = try Outside.query(
            t.store, "select j.module, j.id from jobs j join runs r on r.row = j.run where r.id = ?", run)
        return Dictionary(uniqueKeysWithValues: rows.list.map { ($0[0].text ?? "", $0[1].text ?? "") })
    }

    private func started(_ t: Scene, _ run: String) throws -> [String] {
        let rows = try Outside.query(
            t.store, "select s.module from sessions s join runs r on r.row = s.run where r.id = ? order by s.row", run)
        return rows.list.map { $0[0].text ?? "" }
    }

    /// What `why` says of a run's only job, or of this job.
    private func why(_ t: Scene, _ id: String) throws -> String {
        let said = try t.tutti("why", id)
        #expect(said.status == 0, "\(said.errors)")
        return said.output
    }

    @Test func `while a provider is paused nothing starts with it, and afterwards all of it ends`() async throws {
        try await Scene.with { t in
            let paused = try t.tutti("pause", "told")
            #expect(paused.status == 0)
            #expect(paused.output == "provider:told starts nothing new    go on: tutti unpause provider:told\n")
            let run = try ask(t, "x", "api", "web")
            #expect(try started(t, run) == [])
            #expect(try why(t, run).contains("It waits for a person to unpause provider:told."))
            // Another provider is not concerned.
            #expect(try t.tutti("ask", "x", "api", "--provider", "lines").status == 0)
            let listed = try t.tutti("queue")
            #expect(listed.status == 0)
            #expect(
                listed.output.hasPrefix("provider:told is paused    go on: tutti unpause told\n"), "\(listed.output)")
            #expect(listed.output.contains("queued"))
            #expect(try t.tutti("unpause", "told").output == "provider:told may start again\n")
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try started(t, run).sorted() == ["api", "web"])
            #expect(try t.tutti("queue").output == "nothing waits    ask something: tutti ask \"…\" MODULES…\n")
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `everything can be paused, and a module alone`() async throws {
        try await Scene.with { t in
            #expect(try t.tutti("pause").output.hasPrefix("global starts nothing new"))
            let run = try ask(t, "x", "api", "web")
            #expect(try why(t, run).contains("a person to unpause global"))
            #expect(try t.tutti("pause", "api").output.hasPrefix("module:api starts nothing new"))
            #expect(try t.tutti("unpause").output == "global may start again\n")
            try Outside.until(t.store, "select 1 from jobs where module = 'web' and state = 'completed'")
            #expect(try started(t, run) == ["web"])
            #expect(try t.tutti("unpause", "api").status == 0)
            #expect(try t.tutti("wait", run).status == 0)
            #expect(t.survivors() == [])
        }
    }

    @Test func `of a provider and a module with one name, the one is meant that is paused`() async throws {
        try await Scene.with(["told", "web"]) { t in
            let paused = try t.tutti("pause", "module:told")
            #expect(paused.output.hasPrefix("module:told starts nothing new"))
            #expect(try t.tutti("queue").output.contains("go on: tutti unpause told"))
            #expect(try t.tutti("unpause", "told").output == "module:told may start again\n")
            #expect(try t.tutti("pause", "told").output.hasPrefix("provider:told starts nothing new"))
            #expect(try Outside.query(t.store, "select name from pools where paused_at > 0").list.count == 1)
        }
    }

    @Test func `a held job waits for its release while the others go on`() async throws {
        try await Scene.with { t in
            try t.tutti("pause")
            let run = try ask(t, "x", "api", "web")
            let api = try #require(try jobs(t, run)["api"])
            let held = try t.tutti("queue", "hold", api)
            #expect(held.status == 0)
            #expect(held.output == "job \(api.prefix(4)): 1 job held\n" || held.output.hasSuffix(": 1 job held\n"))
            #expect(try t.tutti("queue", "hold", api).output.hasSuffix(": nothing to change\n"))
            try t.tutti("unpause")
            try Outside.until(t.store, "select 1 from jobs where module = 'web' and state = 'completed'")
            #expect(try started(t, run) == ["web"])
            #expect(try why(t, api).contains("It waits for a person to release it."))
            #expect(
                try Outside.query(t.store, "select state, held_at > 0 from jobs where id = ?", api)[0][0].text == "held"
            )
            #expect(try t.tutti("queue", "release", api).output.hasSuffix(": 1 job released\n"))
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try why(t, api).contains("It is over: completed."))
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `priorities and places in the queue decide who is next`() async throws {
        try await Scene.with(["api", "docs", "infra", "web"]) { t in
            try t.tutti("pause")
            let run = try ask(t, "x", "--all", "-j", "1", "--priority", "-3")
            let ids = try jobs(t, run)
            let before = try t.json("queue", "ls", "--json")
            #expect(before.list.compactMap { $0["priority"].number } == [-3, -3, -3, -3])
            #expect(
                try t.tutti("queue", "prio", "5", try #require(ids["infra"])).output.hasSuffix("given priority 5\n"))
            #expect(try t.tutti("queue", "prio", "-9", try #require(ids["api"])).status == 0)
            #expect(try t.tutti("queue", "move", try #require(ids["web"])).output.hasSuffix("moved to the front\n"))
            // The list has the order in which they will start.
            let listed = try t.json("queue", "ls", "--json")
            #expect(listed.list.map { $0["module"].text } == ["infra", "web", "docs", "api"])
            try t.tutti("unpause")
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try started(t, run) == ["infra", "web", "docs", "api"])
            #expect(t.survivors() == [])
        }
    }

    @Test func `why tells of a job that runs, and of one that waits for its next attempt`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                retry: { attempts: 3, delay: 1h, max_delay: 1h, jitter: 0 }
                modules:
                  api: { path: api }
                  web: { path: web }

                """, to: "project/tutti.yaml")
            try t.makeGate("web")
            let gated = try ask(t, "x", "web", "--provider", "gated")
            try t.tutti("wait", gated, "--for", "first-token")
            #expect(try why(t, gated).contains("It runs, since "))
            let failing = try ask(t, "x [[fake: --no-result --cut 2 --exit 7]]", "api")
            try Outside.until(t.store, "select 1 from jobs where module = 'api' and state = 'waiting'")
            #expect(try why(t, failing).contains("It waits for attempt 2, after crash, about 60 min."))
            let said = try t.json("why", failing, gated, "--json")
            #expect(said.list.map { $0["state"].text } == ["waiting", "running"])
            #expect(said[0]["attempts"].number == 1)
            #expect(said[0]["reasons"][0].text == "attempt 2, after crash")
            let rest = try #require(said[0]["expected_ms"].number)
            #expect((1...3_600_000).contains(rest))
            #expect(said[1]["waits_for"].isNull && said[1]["expected_ms"].isNull)
            let listed = try t.json("queue", "--json")
            #expect(listed.list.map { $0["module"].text } == ["web", "api"])
            #expect(try t.tutti("cancel", failing).status == 0)
            try t.release("web", "two\n")
            #expect(try t.tutti("wait", gated).status == 0)
            #expect(try t.tutti("wait", failing).status == 5)
            #expect(t.survivors() == [])
        }
    }

    @Test func `what breaks as soon as it starts is stopped after five times, until a person resets it`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                retry: { attempts: 20, delay: 1ms, max_delay: 1ms, jitter: 0 }
                modules:
                  api: { path: api }
                  web: { path: web }

                """, to: "project/tutti.yaml")
            let settings = t.home + "/.config/tutti/config.yaml"
            let breaks =
                #"  breaks: { extends: plain, command: [/bin/sh, -c, "cat >/dev/null; test -e ok || exit 7; echo fine"] }"#
            let old = try #require(contents(of: settings))
            try t.folder.write(
                String(decoding: old, as: UTF8.self) + "\n" + breaks + "\n", to: "home/.config/tutti/config.yaml")
            let run = try ask(t, "x", "api", "--provider", "breaks")
            try Outside.until(
                t.store,
                """
                select 1 from jobs j, pools p where j.state = 'queued' and p.name = 'module:api' and p.standing = 'blocked'
                """)
            #expect(try started(t, run).count == 5)
            #expect(try why(t, run).contains("a person to reset module:api"))
            let listed = try t.tutti("queue", "ls")
            #expect(listed.output.contains("module:api is blocked"), "\(listed.output)")
            #expect(listed.output.contains("tutti reset api"))
            let waited = try t.tutti("wait", run, "--timeout", "1s")
            #expect(waited.status == 3 && waited.errors.contains("tutti reset module:api"), "\(waited.errors)")
            for words in [["ps"], ["doctor"]] {
                let told = try t.tutti(words: words).output
                #expect(told.contains("tutti reset module:api"), "\(words): \(told)")
            }
            let attended = try t.start("ask", "x", "api", "--provider", "breaks", "--progress", "plain")
            #expect(eventually { attended.errorText.contains("closed   module api (tutti reset module:api)") })
            attended.signal(SIGINT)
            #expect(try attended.wait().status == 130)
            // The module alone is closed; the provider answers elsewhere.
            try t.folder.write("", to: "project/web/ok")
            #expect(try t.tutti("ask", "x", "web", "--provider", "breaks").status == 0)
            #expect(try started(t, run).count == 5)
            try t.folder.write("", to: "project/api/ok")
            #expect(try t.tutti("reset", "api").output == "module:api is tried again\n")
            #expect(try t.tutti("wait", run).status == 0)
            #expect(try started(t, run).count == 6)
            #expect(try Outside.query(t.store, "select 1 from pools where standing is not null").list.isEmpty)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `a wrong name is answered with what could be meant`() async throws {
        try await Scene.with { t in
            try t.tutti("ask", "x", "api")
            let wrong: [(words: [String], status: Int32, says: String)] = [
                (["pause", "tolt"], 66, "did you mean told?"), (["unpause", "wep"], 66, "did you mean web?"),
                (["reset", "nobody-at-all"], 66, "tutti provider ls"), (["reset"], 64, "tutti help reset"),
                (["queue", "hold", "zzzz"], 66, "zzzz"), (["queue", "hold"], 64, "tutti help queue hold"),
                (["queue", "prio", "21", "@last"], 64, "from -20 to 20"),
                (["queue", "prio", "high", "@last"], 64, "high"), (["why", "zzzz"], 66, "zzzz"),
                (["ask", "x", "api", "--priority", "21"], 64, "from -20 to 20"),
            ]
            for (words, status, says) in wrong {
                let result = try run(t.command(words), directory: t.project)
                #expect(result.status == status, "\(words): \(result.errors)")
                #expect(result.errors.contains(says), "\(words): \(result.errors)")
                #expect(result.output == "", "\(words)")
            }
            // What is over does not wait, and is not changed.
            #expect(try t.tutti("queue", "hold", "@last").output.hasSuffix(": nothing to change\n"))
            let message = try Outside.query(t.store, "select id from messages where role = 'assistant'")[0][0]
            let refused = try t.tutti("queue", "hold", try required(message))
            #expect(refused.status == 64 && refused.errors.contains("tutti queue ls"), "\(refused.errors)")
        }
    }

    @Test func `programs are told what was wished, and of how many jobs`() async throws {
        try await Scene.with { t in
            let pause = try t.json("pause", "told", "api", "--json")
            #expect(pause.list.map { $0["id"].text } == ["provider:told", "module:api"])
            #expect(pause.list.map { $0["wish"].text } == ["pause", "pause"])
            let run = try ask(t, "x", "api", "web")
            let held = try t.json("queue", "hold", run, "--json")
            #expect(held[0]["kind"].text == "run" && held[0]["jobs"].number == 2 && held[0]["wish"].text == "hold")
            let first = try t.json("queue", "ls", "--json")[0]
            #expect(
                first.names == [
                    "age_ms", "attempts", "expected_ms", "id", "kind", "module", "priority", "reasons", "run",
                    "run_name", "state", "waits_for",
                ])
            #expect(first["state"].text == "held" && first["run"].text == run)
            #expect(first["reasons"][0].text == "a person to release it")
            let states = try t.tutti("queue", "ls", "--json=module,state")
            #expect(try Fields(states.output).list.allSatisfy { $0.names == ["module", "state"] })
            try t.tutti("cancel", run)
            #expect(try t.tutti("wait", run).status == 5)
            #expect(t.survivors() == [])
        }
    }

    @Test func `without a store nothing waits, and looking makes none`() async throws {
        try await Scene.with { t in
            #expect(try t.tutti("queue").output.hasPrefix("nothing waits"))
            #expect(try t.tutti("queue", "ls", "--json").output == "[]\n")
            for words in [["queue", "hold", "@last"], ["why", "@last"]] {
                let result = try run(t.command(words), directory: t.project)
                #expect(result.status == 66, "\(words): \(result.errors)")
            }
            #expect(access(t.store, F_OK) != 0)
        }
    }
}
