import Foundation
import Glibc
import TestSupport
import Testing

/// `tutti batch run` with the built program, and providers that need no key.
@Suite struct BatchRunTests {
    /// Runs `body` beside a copy of the example batches and of the folders that they ask.
    private func withExamples(_ body: @escaping @Sendable (Scene, String) throws -> Void) async throws {
        try await Scene.with { t in
            _ = try t.folder.makeFolder("config")
            for name in ["examples", "demo"] {
                let copied = try TestSupport.run(
                    ["/bin/cp", "-R", Repository.path("Config/\(name)"), t.folder.file("config/\(name)")])
                #expect(copied.status == 0)
            }
            let folder = t.folder.file("config/examples")
            #expect(try t.tutti("trust", "--yes", directory: folder).status == 0)
            try body(t, folder)
        }
    }

    @Test(arguments: ["checks", "nightly", "pipeline", "questions", "retries"])
    func `every example runs to its end`(_ name: String) async throws {
        try await withExamples { t, folder in
            let ran = try t.tutti("batch", "run", "\(name).batch.yaml", directory: folder)
            #expect(ran.status == 0, "\(ran.errors)")
            let shown = try t.json("show", "@last", "--json")
            #expect(shown["state"].text == "completed")
            #expect(shown["kind"].text == "batch")
        }
    }

    @Test func `the pipeline goes on where a killed coordinator left it, and does nothing twice`() async throws {
        try await withExamples { t, folder in
            let batch = """
                version: 1
                jobs:
                  list:
                    run: [sh, -c, "echo list >> done; printf '[1,2,3,4]'"]
                    outputs: { numbers: { from: stdout, type: json } }
                  each:
                    needs: [list]
                    matrix: { n: "${{ jobs.list.outputs.numbers }}" }
                    run: [sh, -c, "echo each $0 >> begun; while [ ! -e go ]; do sleep 0.02; done; echo each $0 >> done", "${{ matrix.n }}"]
                  last:
                    needs: [each]
                    run: [echo, "${{ jobs.each.succeeded }} of ${{ jobs.each.total }}"]
                """
            try Data(batch.utf8).write(to: URL(filePath: folder + "/crash.batch.yaml"))
            let first = try t.start("batch", "run", folder + "/crash.batch.yaml")
            _ = try waitForFile(folder + "/begun", containing: "each 4\n")
            first.signal(SIGKILL)
            _ = try first.wait()
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("recover").status == 0)
            #expect(try t.tutti("wait", "@last").status == 0)
            let done = try String(contentsOfFile: folder + "/done", encoding: .utf8).split(separator: "\n").sorted()
            #expect(done == ["each 1", "each 2", "each 3", "each 4", "list"])
            #expect(try t.tutti("show", "@last", "-r").output.contains("4 of 4"))
        }
    }

    @Test func `a check that fails fails its job, and what needs it is not started`() async throws {
        try await withExamples { t, folder in
            let batch = """
                version: 1
                jobs:
                  fix:
                    run: [echo, fixed]
                    verify: [sh, -c, "echo it is still broken; exit 3"]
                    retry: { attempts: 1 }
                    on_failure: [report]
                  ship:
                    needs: [fix]
                    run: [touch, shipped]
                  report:
                    trigger: on_demand
                    run: [echo, "${{ failure.job }}: ${{ failure.class }}"]
                """
            try Data(batch.utf8).write(to: URL(filePath: folder + "/verify.batch.yaml"))
            let ran = try t.tutti("batch", "run", "verify.batch.yaml", directory: folder)
            #expect(ran.status == 1, "\(ran.errors)")
            #expect(ran.errors.contains("it is still broken"))
            #expect(ran.output.contains("fix: verify_failed"))
            #expect(access(folder + "/shipped", F_OK) != 0)
        }
    }

    @Test func `a kept answer is taken in place of a new session, until its files change`() async throws {
        try await withExamples { t, folder in
            func sessions() throws -> Int {
                try Int(t.json("show", "@last", "--json")["sessions"].list.count)
            }
            #expect(try t.tutti("batch", "run", "questions.batch.yaml", directory: folder).status == 0)
            let before = try sessions()
            #expect(before == 4)
            #expect(try t.tutti("batch", "run", "questions.batch.yaml", directory: folder).status == 0)
            #expect(try sessions() == 1)
            try Data("changed\n".utf8).write(to: URL(filePath: folder + "/data/notes.md"))
            #expect(try t.tutti("batch", "run", "questions.batch.yaml", directory: folder).status == 0)
            #expect(try sessions() == 4)
        }
    }

    @Test func `another provider is asked after the failures that it is named for`() async throws {
        try await withExamples { t, folder in
            let batch = """
                version: 1
                jobs:
                  ask:
                    provider: told
                    prompt: "x [[fake: --outcome 529 --lines 0]]"
                    retry: { attempts: 2, delay: 1h }
                    fallback: [{ provider: sorter, when: [overload] }]
                """
            try Data(batch.utf8).write(to: URL(filePath: folder + "/fallback.batch.yaml"))
            let ran = try t.tutti("batch", "run", "fallback.batch.yaml", directory: folder)
            #expect(ran.status == 0, "\(ran.errors)")
            let rows = try Outside.query(t.store, "select provider from sessions order by row")
            #expect(rows.list.map { $0[0].text } == ["told", "sorter"])
        }
    }

    @Test func `only what was chosen runs, and rows that share a prompt cache wait for the first`() async throws {
        try await withExamples { t, folder in
            let chosen = try t.tutti("batch", "run", "checks.batch.yaml", "--only", "files", directory: folder)
            #expect(chosen.status == 0, "\(chosen.errors)")
            #expect(!chosen.output.contains("orders are"))
            let batch = """
                version: 1
                jobs:
                  each:
                    matrix: { n: ["1", "2", "3"] }
                    prefix: shared
                    run: [sh, -c, "echo $0 >> order; sleep 0.05; echo $0 >> order", "${{ matrix.n }}"]
                """
            try Data(batch.utf8).write(to: URL(filePath: folder + "/prefix.batch.yaml"))
            #expect(try t.tutti("batch", "run", "prefix.batch.yaml", directory: folder).status == 0)
            let order = try String(contentsOfFile: folder + "/order", encoding: .utf8)
            #expect(order.hasPrefix("1\n1\n"))
        }
    }

    @Test func `a merge of skipped jobs is skipped too, and replaces no earlier answer`() async throws {
        try await withExamples { t, folder in
            let batch = """
                version: 1
                jobs:
                  ask: { matrix: { n: [1, 2] }, run: [echo, "${{ matrix.n }}"] }
                  merge:
                    needs: [ask]
                    when: ${{ jobs.ask.succeeded >= 0.5 * jobs.ask.total }}
                    run: [echo, "${{ jobs.ask.text | join(' ') }}"]
                    output: { save: merged.txt }
                  other: { run: [echo, other] }
                """
            try Data(batch.utf8).write(to: URL(filePath: folder + "/skip.batch.yaml"))
            #expect(try t.tutti("batch", "run", "skip.batch.yaml", directory: folder).status == 0)
            let good = try String(contentsOfFile: folder + "/merged.txt", encoding: .utf8)
            #expect(good.contains("1"))
            let skipped = try t.tutti("batch", "run", "skip.batch.yaml", "--skip", "ask", directory: folder)
            #expect(skipped.status == 0, "\(skipped.errors)")
            #expect(try String(contentsOfFile: folder + "/merged.txt", encoding: .utf8) == good)
            #expect(skipped.output == "other\n")
            let plan = try t.tutti("batch", "plan", "skip.batch.yaml", "--skip", "ask", directory: folder)
            #expect(plan.output.contains("left out, needs ask, which is skipped: merge"), "\(plan.output)")
            #expect(plan.output.contains("tutti batch run skip.batch.yaml --skip ask"), "\(plan.output)")
        }
    }

    @Test func `options that mean nothing are refused before anything is written`() async throws {
        try await withExamples { t, folder in
            for words in [["--json=bogus"], ["-d", "--json=bogus"]] {
                let command = t.command(["batch", "run", "checks.batch.yaml"] + words)
                let refused = try TestSupport.run(command, directory: folder)
                #expect(refused.status == 64, "\(refused.errors)")
            }
            #expect(try t.tutti("batch", "run", "checks.batch.yaml", "-d", "--json=?", directory: folder).status == 0)
            #expect(try t.tutti("pause", "told", "--json=bogus").status == 64)
            #expect(access(t.store, F_OK) != 0)
        }
    }
}
