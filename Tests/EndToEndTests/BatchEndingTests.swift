import Foundation
import Glibc
import TestSupport
import Testing

/// How batches end, and what is said of it: with the built program, and commands or the fake provider.
@Suite struct BatchEndingTests {
    private func lines(_ path: String) -> Int {
        (contents(of: path) ?? []).count { $0 == UInt8(ascii: "\n") }
    }

    @Test func `a command that fails is tried once, unless the batch says retry`() async throws {
        try await Scene.with { t in
            // Of sessions the settings say more.
            try t.folder.write("version: 1\nretry: { attempts: 3, delay: 1ms }\n", to: "project/tutti.yaml")
            try t.folder.write(
                """
                version: 1
                jobs:
                  once: { run: [sh, -c, "echo x >> once; exit 3"] }
                  twice: { run: [sh, -c, "echo x >> twice; exit 3"], retry: { attempts: 2, delay: 1ms } }
                  usual: { run: [sh, -c, "echo x >> usual; exit 3"], retry: { delay: 1ms } }
                  rows: { matrix: { n: { command: [sh, -c, "echo x >> rows; exit 3"] } }, run: [echo, x] }
                """, to: "project/b.yaml")
            #expect(try t.tutti("batch", "run", "b.yaml").status == 1)
            #expect(["once", "twice", "usual", "rows"].map { lines(t.project + "/" + $0) } == [1, 2, 3, 1])
            func attempts(_ job: String) throws -> String {
                try t.tutti("batch", "explain", "b.yaml", job).output.split(separator: "\n")
                    .first { $0.hasPrefix("retry.attempts") }.map(String.init) ?? ""
            }
            #expect(try attempts("once").contains(" 1 ") && attempts("once").contains("built-in"))
            #expect(try attempts("usual").contains(" 3 "))
        }
    }

    @Test func `a run that was stopped by its budget says how it goes on, and does`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                budget: { sessions: 1 }
                jobs:
                  a: { run: [echo, from-a] }
                  b: { needs: [a], run: [echo, from-b] }
                  c: { needs: [b], run: [echo, from-c] }
                """, to: "project/b.yaml")
            let stopped = try t.tutti("batch", "run", "b.yaml")
            #expect(stopped.status == 6)
            #expect(stopped.errors.contains("has used up its budget: 1 of 1 sessions"), "\(stopped.errors)")
            let command = try #require(stopped.errors.firstMatch(of: /tutti (retry [0-9A-Z]+ --max-sessions 2)/)).output
                .1
            #expect(try t.tutti("show", "@last").output.contains(command))
            let words = command.split(separator: " ").map(String.init)
            let again = try t.tutti(words: words)
            #expect(again.status == 6 && again.errors.contains("2 of 2 sessions"), "\(again.errors)")
            let little = try t.tutti("retry", "@last", "--max-sessions", "2")
            #expect(little.status == 64 && little.errors.contains("leaves nothing to use"), "\(little.errors)")
            let rest = try t.tutti("retry", "@last", "--max-sessions", "9")
            #expect(rest.status == 0, "\(rest.errors)")
            #expect(try t.tutti("show", "-r", "@last").output.contains("from-c"))
        }
    }

    @Test func `a limit of no money says why nothing was begun, and a larger one goes on`() async throws {
        try await Scene.with { t in
            try t.folder.write("version: 1\njobs:\n  a: { run: [echo, done-now] }\n", to: "project/b.yaml")
            let stopped = try t.tutti("batch", "run", "b.yaml", "--max-cost", "0")
            #expect(stopped.status == 6)
            #expect(stopped.errors.contains("so nothing was begun"), "\(stopped.errors)")
            #expect(stopped.errors.contains("--max-cost 1"), "\(stopped.errors)")
            let wrong = try t.tutti("retry", "@last", "--max-cost", "much")
            #expect(wrong.status == 64 && wrong.errors.contains("--max-cost much is no such amount"), "\(wrong.errors)")
            let again = try t.tutti("retry", "@last", "--max-cost", "1.00")
            #expect(again.status == 0 && again.output == "done-now\n", "\(again.output)\(again.errors)")
        }
    }

    @Test func `the budget of a job is raised by its own name`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  a: { run: [sh, -c, "test -e go && echo there"], budget: { sessions: 1 }, retry: { attempts: 2, delay: 1ms } }
                """, to: "project/b.yaml")
            let stopped = try t.tutti("batch", "run", "b.yaml")
            #expect(stopped.status == 6 && stopped.errors.contains("a has used up its budget"), "\(stopped.errors)")
            let words = try #require(stopped.errors.firstMatch(of: /tutti (retry [0-9A-Z]+ --max-sessions 2)/)).output.1
            try t.folder.write("", to: "project/go")
            let again = try t.tutti(words: words.split(separator: " ").map(String.init))
            #expect(again.status == 0 && again.output == "there\n", "\(again.errors)")
        }
    }

    @Test func `a check that fails is called one, with its last line`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  fix: { run: [echo, fixed], verify: [sh, -c, "echo first; echo 2 tests failed; exit 3"] }
                  other: { run: [echo, fine] }
                """, to: "project/b.yaml")
            let ran = try t.tutti("batch", "run", "b.yaml")
            #expect(ran.status == 1)
            #expect(ran.output.contains("(not accepted: The check `sh -c"), "\(ran.output)")
            #expect(ran.output.contains("failed: exit status 3: 2 tests failed)"), "\(ran.output)")
            #expect(ran.errors.contains("fix: the answer was not accepted: The check"), "\(ran.errors)")
            #expect(!(ran.output + ran.errors).contains("no whole answer") && !ran.errors.contains("not whole"))
            let rows = try Outside.query(t.store, "select failure from jobs where module = 'fix'")
            #expect(rows.list.first?[0].text?.contains("first\n2 tests failed") == true)
        }
    }

    @Test func `a batch in which no provider could be used says so by its status`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                providers:
                  gone: { extends: plain, command: [/nowhere/agent] }
                """, to: "project/tutti.yaml")
            try #expect(t.tutti("trust", "--yes").status == 0)
            try t.folder.write(
                """
                version: 1
                jobs:
                  list: { run: [echo, listed] }
                  missing: { needs: [list], provider: gone, prompt: x, on_failure: [tell] }
                  signed: { provider: told, prompt: "x [[fake: --outcome 401 --lines 0]]" }
                  after: { needs: [missing], run: [echo, x] }
                  tell: { trigger: on_demand, run: [echo, told] }
                """, to: "project/b.yaml")
            let ran = try t.tutti("batch", "run", "b.yaml")
            #expect(ran.status == 69, "\(ran.errors)")
            #expect(try t.tutti("batch", "run", "b.yaml", "--only", "list").status == 0)
            try t.folder.write(
                """
                version: 1
                jobs:
                  missing: { provider: gone, prompt: x }
                  command: { run: ["false"] }
                """, to: "project/c.yaml")
            #expect(try t.tutti("batch", "run", "c.yaml").status == 1)
        }
    }

    @Test func `a job for failures that was not needed is no failure`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  work: { run: [echo, worked], on_failure: [tell] }
                  tell: { trigger: on_demand, run: [echo, told] }
                """, to: "project/b.yaml")
            let ran = try t.tutti("batch", "run", "b.yaml")
            #expect(ran.status == 0 && !ran.output.contains("tell"), "\(ran.output)")
            #expect(ran.errors.contains("not needed") && ran.errors.contains("completed=1 not_needed=1 exit=0"))
            #expect(!ran.errors.contains("cancelled"), "\(ran.errors)")
            #expect(ran.errors.contains("start    jobs=2 slots="), "\(ran.errors)")
            let json = try t.tutti("batch", "run", "b.yaml", "--json")
            let end = try #require(json.lines.last { $0.contains("run.finished") })
            #expect(try Fields(String(end))["failures"].list.isEmpty, "\(end)")
            #expect(try t.tutti("show", "@last").output.contains("not needed: nothing failed that names it"))
            // Nothing failed, so there is nothing to ask again, and nothing is paid twice.
            #expect(try t.tutti("retry", "@last").status == 66)
        }
    }

    @Test func `rows that are made late are told where their job stands in the file`() async throws {
        try await Scene.with { t in
            try t.folder.write(
                """
                version: 1
                jobs:
                  list: { run: [echo, '["p", "q"]'], outputs: { all: { from: stdout, type: json } } }
                  ask: { needs: [list], matrix: { n: "${{ jobs.list.outputs.all }}" }, run: [echo, "asked ${{ matrix.n }}"] }
                  merge: { needs: [ask], run: [echo, merged] }
                """, to: "project/b.yaml")
            let ran = try t.tutti("batch", "run", "b.yaml")
            #expect(ran.status == 0, "\(ran.errors)")
            let heads = ran.output.split(separator: "\n").filter { $0.hasPrefix("## ") }
            #expect(heads == ["## list", "## ask[n=p]", "## ask[n=q]", "## merge"])
            let shown = try t.tutti("show", "@last").output
            let places = ["ask[n=p]", "ask[n=q]", "merge "].compactMap { shown.range(of: $0)?.lowerBound }
            #expect(places.count == 3 && places == places.sorted(), "\(shown)")
        }
    }

    @Test func `a plan says nothing of what never ran`() async throws {
        try await Scene.with { t in
            #expect(try t.tutti("ask", "x [[fake: --lines 1]]", "api").status == 0)
            try t.folder.write("version: 1\njobs:\n  a: { prompt: \"x [[fake: --lines 1]]\" }\n", to: "project/b.yaml")
            let before = try t.tutti("batch", "plan", "b.yaml").output
            #expect(before.contains("time ?") && !before.contains("about"), "\(before)")
            #expect(try t.tutti("batch", "run", "b.yaml").status == 0)
            #expect(try t.tutti("batch", "plan", "b.yaml").output.contains("about"))
        }
    }
}
