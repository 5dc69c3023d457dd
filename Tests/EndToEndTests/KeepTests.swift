import Foundation
import Glibc
import TestSupport
import Testing

/// Copies and deletions while the work goes on.
@Suite struct KeepTests {
    /// Whether a copy is sound, and how many events, messages and sessions it has.
    private static let look = """
        import json, sqlite3, sys
        db = sqlite3.connect(sys.argv[1])
        sound = [row[0] for row in db.execute("pragma integrity_check")] == ["ok"]
        db.execute("insert into blocks_search(blocks_search, rank) values ('integrity-check', 1)")
        counts = [db.execute("select count(*) from " + name).fetchone()[0] for name in ("events", "messages", "sessions")]
        print(json.dumps({"sound": sound, "counts": counts}))
        """

    /// Makes every run that is over end forty days ago.
    private static let age = """
        import sqlite3, sys
        db = sqlite3.connect(sys.argv[1], timeout=10)
        db.execute("update runs set finished_at = finished_at - 40 * 86400000 where finished_at is not null")
        db.execute("update kept_answers set at = at - 40 * 86400000")
        db.commit()
        print("{}")
        """

    private func orphans(_ t: Scene) throws -> [String?] {
        let query = try String(contentsOfFile: Repository.path("Tests/orphans.sql"), encoding: .utf8)
        return try Outside.query(t.store, query).list.map { $0[0].text }
    }

    @Test func `copies that are made while sessions stream are whole, sound, and hold more and more`() async throws {
        try await Scene.with { t in
            let ask = try t.start("ask", "x [[fake: --lines 4000 --rate 800 --width 200 --tool-calls 2]]", "api", "web")
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            var last = [0, 0, 0]
            for number in 0..<5 {
                let copy = t.folder.file("copy-\(number).db")
                let made = try t.json("backup", copy, "--json")
                #expect(made["integrity"].text == "ok" && made["bytes"].number ?? 0 > 0)
                let found = try Outside.script(KeepTests.look, [copy])
                #expect(found["sound"].number == 1, "copy \(number)")
                let counts = found["counts"].list.compactMap(\.number)
                #expect(counts.count == 3 && zip(last, counts).allSatisfy { $0 <= $1 }, "\(last), \(counts)")
                last = counts
            }
            ask.signal(SIGKILL)
            _ = try ask.wait()
            #expect(try t.tutti("ps", "-a", "--db", t.folder.file("copy-4.db")).status == 0)
        }
    }

    @Test func `a copy that finds no room leaves nothing`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x [[fake: --lines 2000 --width 1000]]", "api")
            let place = try t.folder.makeFolder("mount")
            guard try run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", place]).status == 0 else { return }
            defer { _ = try? run(["umount", "-l", place]) }
            let full = try t.tutti("backup", place + "/copy.db")
            #expect(full.status == 74, "\(full.errors)")
            #expect(full.errors.contains("no room for the copy") && full.errors.contains("another disk"))
            #expect(try run(["ls", "-A", place]).output == "")
            #expect(try t.tutti("ps", "-a").status == 0)
        }
    }

    @Test func `old runs go while another one streams, with their recordings and without a trace`() async throws {
        try await Scene.with { t in
            try t.makeGate("api")
            for question in ["first", "second [[fake web: --outcome refusal]]"] {
                _ = try t.tutti("ask", "\(question) [[fake: --tool-calls 1]]", "api", "web")
            }
            _ = try t.tutti("submit", "--", "echo", "old")
            _ = try Outside.script(KeepTests.age, [t.store])
            let old = try Outside.query(t.store, "select folder from sessions").list.compactMap { $0[0].text }
            #expect(old.count == 5 && old.allSatisfy { access($0 + "/spool.jsonl", F_OK) == 0 })
            let follow = try t.start("events", "-f", "--from", "3")
            let live = try t.start("ask", "now", "api", "--provider", "gated")
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            try follow.waitForOutput("begin")
            let shown = try t.json("clean", "--older-than", "30d", "-n", "--json")
            #expect(shown["runs"].number == 3 && shown["sessions"].number == 5 && shown["bytes"].number ?? 0 > 0)
            let before = try Outside.query(t.store, "select id, state, folder from sessions where ended_at is null")
            let done = try t.json("clean", "--older-than", "30d", "--yes", "--json")
            #expect(done["runs"].number == 3 && done["sessions"].number == 5 && done["folders"].number == 5)
            #expect(done["left_folders"].number == 0)
            #expect(old.allSatisfy { access($0, F_OK) != 0 })
            #expect(try orphans(t) == [])
            let after = try Outside.query(t.store, "select id, state, folder from sessions")
            #expect(after.list.map { $0[0].text } == before.list.map { $0[0].text })
            try t.release("api", "end\n")
            #expect(try live.wait().status == 0)
            try follow.waitForOutput("run.finished")
            follow.signal(SIGINT)
            _ = try follow.wait()
            #expect(try t.tutti("events", "--from", "3").status == 0)
            #expect(try t.tutti("search", "first", "-c").output == "0\n")
            #expect(try t.tutti("show", "-r", "@last").output == "begin\nend\n")
            let audit = try run([
                "python3", Repository.path("Tests/audit.py"), "--db", t.store, "--state", t.state,
            ])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
        }
    }

    @Test func `a person is asked before anything is deleted`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            let said = try t.atTerminal(
                ["clean", "--run", "@last"], [.see("Delete 1 run with 1 session and 2 messages"), .type("n\r")])
            #expect(said.status == 0 && said.output.contains("nothing was deleted"))
            #expect(try Outside.query(t.store, "select count(*) from runs")[0][0].number == 1)
            let left = try t.atTerminal(["clean", "--run", "@last"], [.see("[y/N]"), .type("\u{3}")])
            #expect(left.status == -Int(SIGINT))
            #expect(try Outside.query(t.store, "select outcome ->> '$.deleting' from runs")[0][0].isNull)
            let yes = try t.atTerminal(["clean", "--run", "@last"], [.see("[y/N]"), .type("y\r")])
            #expect(yes.output.contains("deleted 1 run"))
            #expect(try Outside.query(t.store, "select count(*) from runs")[0][0].number == 0)
        }
    }

    @Test func `a run that goes on is not deleted`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            try t.tutti("ask", "x", "api", "--provider", "gated", "-d")
            try t.tutti("wait", "@last", "--for", "first-token")
            let refused = try t.tutti("clean", "--run", "@last", "--yes")
            #expect(refused.status == 75 && refused.errors.contains("tutti cancel"))
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
            #expect(try t.tutti("clean", "--run", "@last", "--yes").status == 0)
            #expect(try orphans(t) == [])
        }
    }

    @Test func `a job log says what ran, how often, and how it ended`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  each:
                    matrix: { n: ["0", "7"] }
                    retry: { attempts: 2, delay: 10ms, when: [crash] }
                    run: [sh, -c, "echo said; exit $1", sh, "${{ matrix.n }}"]
                """, to: "project/each.batch.yaml")
            #expect(try t.tutti("batch", "run", "each.batch.yaml").status == 1)
            let log = try t.tutti("export", "@last", "--format", "joblog")
            let rows = log.lines.dropFirst().map { $0.split(separator: "\t").map(String.init) }
            #expect(rows.map { $0[0] }.sorted() == ["1", "2", "2"])
            for row in rows {
                let isFirst = row[0] == "1"
                #expect(row[6] == (isFirst ? "0" : "7") && row[7] == "0" && row[5] == "5")
                #expect(row[8] == "sh -c 'echo said; exit $1' sh \(isFirst ? 0 : 7)")
            }
            #expect(try t.tutti("submit", "--", "sh", "-c", "kill -9 $$").status == 1)
            let killed = try t.tutti("export", "@last", "--format", "joblog").lines[1].split(separator: "\t")
            #expect(killed[6] == "0" && killed[7] == "9" && killed[8] == "sh -c 'kill -9 $$'")
        }
    }
}
