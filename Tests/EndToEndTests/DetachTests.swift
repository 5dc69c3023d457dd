import Glibc
import TestSupport
import Testing

/// Runs that go on without the command that began them, whatever happens to whoever records them.
@Suite struct DetachTests {
    private static let answers = "select module, status, content from messages where role = 'assistant' order by module"

    @Test func `a detached run is seen by ps, waited for, and shown`() async throws {
        try await Scene.with { t in
            for module in ["api", "web"] { try t.makeGate(module) }
            let accepted = try t.json("ask", "x", "api", "web", "--provider", "gated", "-d", "--json")
            let run = try required(accepted["run"])
            try t.tutti("wait", run, "--for", "first-token")
            let listed = try t.json("ps", "--json")
            #expect(Set(listed.list.compactMap { $0["module"].text }) == ["api", "web"])
            #expect(listed.list.allSatisfy { $0["state"].text == "running" })
            let waiting = try t.start("wait", "@last")
            try t.release("api", "one\n")
            try t.release("web", "two\n")
            #expect(try waiting.wait().status == 0)
            let shown = try t.tutti("show", "@last", "-r")
            #expect(shown.status == 0)
            #expect(shown.output.contains("begin\none\n") && shown.output.contains("begin\ntwo\n"))
            // The coordinator in the background ends by itself when nothing is left.
            #expect(t.survivors() == [])
        }
    }

    @Test func `after kill -9 of the coordinator the store shows the true end with nothing started`() async throws {
        try await Scene.with { t in
            for module in ["api", "web"] { try t.makeGate(module) }
            let ask = try t.start("ask", "x", "api", "web", "--provider", "gated", "--json")
            try Outside.until(
                t.store, "select 1 from messages where content = 'begin\n' group by 1 having count(*) = 2")
            ask.signal(SIGKILL)
            try ask.wait()
            try t.release("api", "one\n")
            try t.release("web", "two\n")
            try Outside.until(
                t.store,
                "select 1 from messages where status = 'completed' and role = 'assistant' group by 1 having count(*) = 2"
            )
            let rows = try Outside.query(t.store, DetachTests.answers)
            #expect(rows[0][2].text == "begin\none")
            #expect(rows[1][2].text == "begin\ntwo")
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `settings that cannot be read any more do not keep a recovery from its work`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "x", "api", "--provider", "gated", "--json", environment: ["TUTTI_JOBS": "2"])
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            try t.folder.write("version: 1\nprovder: told\n", to: "home/.config/tutti/config.yaml")
            try t.folder.write("version: [\n", to: "project/tutti.yaml")
            ask.signal(SIGKILL)
            try ask.wait()
            try t.release("api", "end\n")
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            #expect(t.survivors() == [])
            let again = try t.tutti("recover", "--db", t.store, environment: ["TUTTI_JOBS": "many"])
            #expect(again.status == 0, "\(again.errors)")
            // Nor a person's own look; the files are named, and passed over.
            let asked = try t.tutti("recover")
            #expect(asked.status == 0 && asked.errors.contains("tutti.yaml:"), "\(asked.errors)")
        }
    }

    @Test func `three coordinators killed one after another lose nothing and write nothing twice`() async throws {
        let modules = ["api", "docs", "infra", "web"]
        try await Scene.with(modules) { t in
            for module in modules { try t.makeGate(module) }
            let ask = try t.start("ask", "x", "--all", "--provider", "gated", "--json")
            try Outside.until(
                t.store, "select 1 from messages where content = 'begin\n' group by 1 having count(*) = 4")
            ask.signal(SIGKILL)
            try ask.wait()
            // The end of a session that nobody follows brings a coordinator, which takes over all others: killed at once.
            for module in modules.prefix(2) {
                try t.release(module, "end of \(module)\n")
                #expect(eventually { !t.coordinators().isEmpty })
                for pid in t.coordinators() {
                    kill(pid, SIGKILL)
                    ProcessTable.waitForEnd(of: pid)
                }
            }
            for module in modules.suffix(2) { try t.release(module, "end of \(module)\n") }
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            let rows = try Outside.query(t.store, DetachTests.answers)
            for (row, module) in zip(rows.list, modules) {
                #expect(row[1].text == "completed")
                #expect(row[2].text == "begin\nend of \(module)")
            }
            #expect(rows.list.count == 4)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `a killed run that only waits for a retry ends by itself`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nretry: { attempts: 2, delay: 2s }\nmodules: { api: { path: api } }\n",
                to: "project/tutti.yaml")
            let count = t.folder.file("count")
            let ask = try t.start(
                "ask", "x [[fake: --counter \(count)]] [[fake #1: --no-result --exit 7]]", "api")
            try Outside.until(t.store, "select 1 from jobs where state = 'waiting'")
            ask.signal(SIGKILL)
            try ask.wait()
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            let sessions = try Outside.query(t.store, "select attempt, state from sessions order by row")
            #expect(sessions.list.map { $0[1].text } == ["failed", "completed"])
            #expect(t.survivors() == [])
        }
    }

    @Test func `a killed recovery of a run that only waits is followed by another`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nretry: { attempts: 2, delay: 3s }\nmodules: { api: { path: api } }\n",
                to: "project/tutti.yaml")
            let count = t.folder.file("count")
            let ask = try t.start(
                "ask", "x [[fake: --counter \(count)]] [[fake #1: --no-result --exit 7]]", "api")
            try Outside.until(t.store, "select 1 from jobs where state = 'waiting'")
            ask.signal(SIGKILL)
            try ask.wait()
            try Outside.until(
                t.store, "select 1 from runs join coordinators c on c.id = runs.owner where c.kind = 'recover'")
            for pid in t.coordinators() {
                kill(pid, SIGKILL)
                ProcessTable.waitForEnd(of: pid)
            }
            try Outside.until(t.store, "select 1 from runs where state = 'completed' and exit = 0")
            #expect(t.survivors() == [])
        }
    }

    @Test func `nothing is left of a run that ends in order`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "x", "api", "--provider", "gated")
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            #expect(t.guards().count == 1)
            try t.release("api", "one\n")
            #expect(try ask.wait().status == 0)
            #expect(t.guards() == [])
            let coordinators = try Outside.query(t.store, "select count(*) from coordinators")
            #expect(coordinators[0][0].number == 1, "nobody thought that there was something to recover")
        }
    }

    @Test func `two coordinators that start at once do not both record`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let ask = try t.start("ask", "x", "api", "--provider", "gated", "--json")
            try Outside.until(t.store, "select 1 from messages where content = 'begin\n'")
            ask.signal(SIGKILL)
            try ask.wait()
            let rivals = try (0..<2).map { _ in try t.start("recover", "--db", t.store) }
            try Outside.until(t.store, "select 1 from sessions where epoch > 1")
            let text = (1...2000).map { "line \($0)" }.joined(separator: "\n")
            try t.release("api", text + "\n")
            for rival in rivals { #expect(try rival.wait().status == 0) }
            // The guard of the killed one has started a third, and it may be the one that records.
            try Outside.until(t.store, "select 1 from runs where state = 'completed'")
            let rows = try Outside.query(t.store, DetachTests.answers)
            #expect(rows[0][1].text == "completed")
            #expect(rows[0][2].text == "begin\n" + text)
            #expect(t.survivors() == [])
            try t.expectSoundLog()
        }
    }

    @Test func `a provider that hangs with nobody there is ended by its host`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                "version: 1\nlimits: { orphan: 1s }\nretry: { attempts: 3 }\nmodules: { api: { path: api } }\n",
                to: "project/tutti.yaml")
            let ask = try t.start("ask", "x [[fake: --lines 2 --hang 2 --children 4]]", "api")
            try Outside.until(t.store, "select 1 from messages where content = 'line 1\nline 2\n'")
            // The guard dies too: only the host is left.
            let guards = t.guards()
            #expect(guards.count == 1)
            for pid in guards { kill(pid, SIGSTOP) }
            ask.signal(SIGKILL)
            try ask.wait()
            for pid in guards { kill(pid, SIGKILL) }
            let rows = try Outside.until(
                t.store,
                "select status, error_class, content from messages where role = 'assistant' and status <> 'processing'")
            #expect(rows[0][0].text == "failed")
            #expect(rows[0][1].text == "orphan_timeout")
            #expect(rows[0][2].text == "line 1\nline 2\n")
            // It may have been paid for: nothing starts it again but a person, who is told how.
            let sessions = try Outside.query(t.store, "select count(*) from sessions")
            #expect(sessions[0][0].number == 1)
            #expect(try t.tutti("show", "@last").output.contains("tutti retry"))
            #expect(t.survivors() == [])
        }
    }
}

extension Scene {
    /// The log has no hole, each message ends once in it, and its text is that of the messages.
    func expectSoundLog(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let found = try Outside.script(
            """
            import json, sqlite3, sys
            db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
            problems = [f"integrity: {row[0]}" for row in db.execute("pragma integrity_check") if row[0] != "ok"]
            numbers = [row[0] for row in db.execute("select seq from event_log order by seq")]
            if numbers != list(range(numbers[0], numbers[-1] + 1)):
                problems.append("holes in the log")
            for session, content in db.execute("select session_id, content from messages where role = 'assistant'"):
                said = "".join(json.loads(data)["text"] for data, in db.execute(
                    "select data from event_log where session_id = ? and type = 'text.delta' order by seq", (session,)))
                # The line feed at the very end of plain text is no part of the answer.
                if said != content and said != content + "\\n":
                    problems.append(f"the log says {said[:200]!r}, the message {content[:200]!r}")
            for message, count in db.execute("select json_extract(data, '$.message'), count(*) from event_log"
                                             " where type like 'message.%' and type <> 'message.started' group by 1"):
                if count != 1:
                    problems.append(f"message {message} ended {count} times")
            print(json.dumps(problems))
            """, [store])
        #expect(found.list.compactMap(\.text) == [], sourceLocation: sourceLocation)
    }
}
