import Foundation
import Glibc
import TestSupport
import Testing

/// Any command as a job of the queue.
@Suite struct SubmitTests {
    @Test func `a command gets its words as they were typed, and what it prints is the answer`() async throws {
        try await Scene.with([]) { t in
            let words = [
                "a b", "", "--json", "%3", "--run=%3", "@last", "-n", "'", "\"", "é", "*", "$HOME", "${{ x }}", "--",
            ]
            let ran = try run(t.command(["submit", "--", "printf", "%s\\n"] + words), directory: t.project)
            #expect(ran.status == 0, "\(ran.errors)")
            #expect(ran.output == words.map { $0 + "\n" }.joined())
            #expect(try t.tutti("submit", "--", "pwd").output == t.project + "\n")
            #expect(try t.tutti("-C", t.home, "submit", "--", "pwd").output == t.home + "\n")
            let row = try t.json("show", "@last", "--json")
            #expect(row["kind"].text == "submit" && row["question"].text == "pwd" && row["exit"].number == 0)
        }
    }

    @Test func `a command gets what every provider gets, and no secrets`() async throws {
        try await Scene.with([]) { t in
            let changes: [String: String?] = [
                "AWS_SECRET_ACCESS_KEY": "canary", "GITHUB_TOKEN": "canary", "LC_TIME": "C",
            ]
            let seen = try t.tutti("submit", "--", "env", environment: changes)
            #expect(seen.status == 0)
            #expect(!seen.output.contains("canary"))
            for name in ["PATH=", "HOME=", "LC_TIME=", "TUTTI_RUN=", "TUTTI_DEPTH=1"] {
                #expect(seen.lines.contains { $0.hasPrefix(name) }, "\(name)")
            }
            #expect(try t.tutti("submit", "--", "env", "STAGE=test", "sh", "-c", "echo $STAGE").output == "test\n")
            #expect(try t.tutti("submit", "--", "cat", input: "not for it").output == "")
        }
    }

    @Test func `each way to end has its status`() async throws {
        try await Scene.with([]) { t in
            #expect(try t.tutti("submit", "--", "false").status == 1)
            let slow = try t.tutti("submit", "--timeout", "200ms", "--", "sleep", "60")
            #expect(slow.status == 3, "\(slow.errors)")
            let missing = try t.tutti("submit", "--", "no-such-program-here")
            #expect(missing.status == 66 && missing.errors.contains("no executable no-such-program-here"))
            #expect(try t.tutti("submit", "--", "echo hello").errors.contains("sh -c 'echo hello'"))
            for words in [
                ["submit"], ["submit", "--"], ["submit", "ls"], ["submit", "--priority", "99", "--", "ls"],
            ] {
                #expect(try run(t.command(words), directory: t.project).status == 64, "\(words)")
            }
            #expect(try t.tutti("submit", "--pool", "a:b", "--", "ls").status == 64)
            // A failed command is not tried again by itself.
            let rows = try Outside.query(t.store, "select attempts from jobs where state = 'failed' order by row")
            #expect(rows.list.map { $0[0].number } == [1, 1])
            _ = try t.tutti("submit", "--retries", "2", "--", "false")
            #expect(try Outside.query(t.store, "select max(attempts) from jobs")[0][0].number == 3)
            #expect(t.survivors() == [])
        }
    }

    @Test func `a command in the background is there to wait for, once for each key`() async throws {
        try await Scene.with([]) { t in
            let first = try t.json("submit", "-d", "--key", "k", "--name", "build", "--json", "--", "echo", "built")
            #expect(first["is_new"].number == 1 && first["jobs"].list.count == 1)
            #expect(try t.tutti("wait", "build").status == 0)
            #expect(try t.tutti("show", "-r", "build").output == "built\n")
            let again = try t.tutti("submit", "--key", "k", "--", "touch", "made")
            #expect(again.errors.contains("nothing was started") && access(t.project + "/made", F_OK) != 0)
            #expect(try t.tutti("logs", "build").output.contains("built"))
        }
    }

    @Test func `an empty key is no key that two runs share`() async throws {
        try await Scene.with(["api"]) { t in
            let batch = t.project + "/a.batch.yaml"
            try t.folder.write("version: 1\njobs: { a: { run: [touch, made] } }\n", to: "project/a.batch.yaml")
            for words in [
                ["submit", "--key", "", "--", "touch", "made"], ["submit", "--key", " ", "--", "touch", "made"],
                ["ask", "--key", "", "what is here?", "api"], ["batch", "run", "--key", "", batch],
            ] {
                let refused = try t.tutti(words: words)
                #expect(refused.status == 64 && refused.errors.contains("key is empty"), "\(words) \(refused.errors)")
            }
            #expect(access(t.project + "/made", F_OK) != 0 && access(t.store, F_OK) != 0)
        }
    }

    @Test func `a pool lets no more commands go at one time than it says`() async throws {
        try await Scene.with([]) { t in
            let line = "echo begin >> log; sleep 0.05; echo end >> log"
            for _ in 0..<4 { try t.tutti("submit", "-d", "--pool", "deploy=1", "--", "sh", "-c", line) }
            try Outside.until(t.store, "select 1 where (select count(*) from runs where state = 'completed') = 4")
            let log = try String(contentsOfFile: t.project + "/log", encoding: .utf8)
            #expect(log == String(repeating: "begin\nend\n", count: 4))
            #expect(try Outside.query(t.store, "select max from pools where name = 'pool:deploy'")[0][0].number == 1)
        }
    }

    @Test func `what is typed needs no trust, and gets nothing from a project that has none`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                """
                version: 1
                modules: { env: { path: api, env: { PLANTED: canary } } }
                providers: { command: { extends: plain, command: [sh, -c, "echo planted"] } }
                """, to: "project/tutti.yaml")
            let ran = try t.tutti("submit", "--", "env")
            #expect(ran.status == 0, "\(ran.errors)")
            #expect(!ran.output.contains("canary") && !ran.output.contains("planted"))
            #expect(ran.errors.contains("is not trusted"))
            #expect(try t.tutti("submit", "--config", "tutti.yaml", "--", "env").status == 77)
            try t.tutti("trust", "--yes")
            let trusted = try t.tutti("submit", "--", "env")
            #expect(trusted.status == 0 && !trusted.output.contains("canary") && !trusted.output.contains("planted"))
            #expect(!trusted.errors.contains("is not trusted"))
        }
    }

    @Test func `a command outlives its coordinator, and runs once`() async throws {
        try await Scene.with(["api"]) { t in
            try t.makeGate("api")
            let attended = try t.start("submit", "--", "sh", "-c", "echo run >> runs; echo begin; cat api/gate")
            try Outside.until(t.store, "select 1 from processing_messages where content <> ''")
            attended.signal(SIGKILL)
            _ = try attended.wait()
            try t.release("api", "end\n")
            #expect(try t.tutti("wait", "@last").status == 0)
            #expect(try t.tutti("show", "-r", "@last").output == "begin\nend\n")
            #expect(try String(contentsOfFile: t.project + "/runs", encoding: .utf8) == "run\n")
            #expect(t.survivors() == [])
        }
    }
}
