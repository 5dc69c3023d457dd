import Foundation
import Glibc
import TestSupport
import Testing

/// Batches that are stopped, cancelled, out of money or robbed of their files: they end, and say what is true.
@Suite struct BatchFaultTests {
    /// Runs `body` with a batch file of this text in the project.
    private func with(_ batch: String, _ body: @escaping @Sendable (Scene, String) throws -> Void) async throws {
        try await Scene.with { t in
            let folder = t.folder.file("work")
            _ = try t.folder.makeFolder("work")
            try Data(batch.utf8).write(to: URL(filePath: folder + "/the.batch.yaml"))
            try body(t, folder)
        }
    }

    private func states(_ t: Scene) throws -> [String] {
        try Outside.query(t.store, "select module || ' ' || state from jobs order by position").list.compactMap {
            $0[0].text
        }
    }

    /// The identifier of the job of that name, once it is there.
    private func job(_ t: Scene, _ name: String) throws -> String {
        let rows = try Outside.query(t.store, "select id from jobs where module = '\(name)'").list
        return try required(rows.first?[0] ?? Fields("null"))
    }

    @Test func `rows that are never made keep no run from its end`() async throws {
        try await with(
            """
            version: 1
            budget: { sessions: 1 }
            jobs:
              list: { run: [echo, '["a", "b"]'], outputs: { names: { from: stdout, type: json } } }
              ask:
                needs: [list]
                matrix: { n: "${{ jobs.list.outputs.names }}" }
                run: [echo, "${{ matrix.n }}"]
            """
        ) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status == 6, "\(ran.errors)")
            #expect(try states(t) == ["list completed", "ask skipped"])
        }
    }

    @Test func `a matrix that was cancelled before it was made, or skipped before a crash, is over`() async throws {
        try await with(
            """
            version: 1
            jobs:
              list:
                run: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.02; done; echo '[1]'"]
                outputs: { names: { from: stdout, type: json } }
              never: { run: [echo, "[]"], outputs: { names: { from: stdout, type: json } } }
              skipped:
                needs: [never]
                when: ${{ jobs.never.total > 5 }}
                matrix: { n: "${{ jobs.never.outputs.names }}" }
                run: [echo, "${{ matrix.n }}"]
              ask:
                needs: [list]
                matrix: { n: "${{ jobs.list.outputs.names }}" }
                run: [echo, "${{ matrix.n }}"]
              last: { needs: { ask: finished }, run: [echo, done] }
            """
        ) { t, folder in
            let first = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(folder + "/begun")
            _ = try Outside.until(t.store, "select 1 from jobs where module = 'skipped' and state = 'skipped'")
            first.signal(SIGKILL)
            _ = try first.wait()
            #expect(try t.tutti("cancel", job(t, "ask")).status == 0)
            // Somebody has taken over by now, and hears of it.
            _ = try Outside.until(t.store, "select 1 from jobs where module = 'ask' and state = 'cancelled'")
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("recover").status == 0)
            #expect(try t.tutti("wait", "@last", "--timeout", "60s").status != 3)
            let found = try states(t)
            #expect(found.contains("ask cancelled") && found.contains("list completed"), "\(found)")
            #expect(try Outside.query(t.store, "select state from runs").list.allSatisfy { $0[0].text != "running" })
        }
    }

    @Test func `an answer is kept whole for later runs, whoever reads it in this one`() async throws {
        try await with(
            """
            version: 1
            jobs:
              ask: { provider: told, prompt: "x [[fake: --lines 2]]", cache: { key: [prompt] } }
            """
        ) { t, folder in
            let first = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            let second = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(first.status == 0 && second.status == 0, "\(first.errors)\(second.errors)")
            #expect(first.output.contains("line 2") && second.output == first.output)
            #expect(try Outside.query(t.store, "select count(*) from sessions")[0][0].number == 1)
        }
    }

    @Test func `an answer that nobody reads is saved whole, also where its path is known late`() async throws {
        try await with(
            """
            version: 1
            jobs:
              list: { run: [echo, name], outputs: { o: { from: stdout } } }
              ask:
                needs: [list]
                provider: told
                prompt: "x [[fake: --lines 2]]"
                output: { save: "out/${{ jobs.list.outputs.o }}.md" }
            """
        ) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status == 0, "\(ran.errors)")
            let saved = try String(contentsOfFile: folder + "/out/name.md", encoding: .utf8)
            #expect(saved.contains("line 1") && saved.contains("line 2"), "\(saved)")
        }
    }

    @Test func `how many rows go at a time is kept to also by rows that come later`() async throws {
        try await with(
            """
            version: 1
            jobs:
              list: { run: [echo, '["a", "b", "c"]'], outputs: { names: { from: stdout, type: json } } }
              ask:
                needs: [list]
                matrix: { n: "${{ jobs.list.outputs.names }}" }
                max_parallel: 1
                run: [sh, -c, "echo $0 >> order; sleep 0.05; echo $0 >> order", "${{ matrix.n }}"]
            """
        ) { t, folder in
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status == 0)
            let lines = try String(contentsOfFile: folder + "/order", encoding: .utf8).split(separator: "\n")
            #expect(lines == ["a", "a", "b", "b", "c", "c"])
        }
    }

    @Test func `a batch whose folder is gone fails row by row, and follows what runs`() async throws {
        try await with(
            """
            version: 1
            jobs:
              ask:
                run: [sh, -c, "touch ../begun; while [ ! -e ../go ]; do sleep 0.02; done; echo note.md"]
                outputs: { name: { from: stdout } }
              then: { needs: [ask], run: [echo, "${{ file(jobs.ask.outputs.name) }}"], retry: { attempts: 1 } }
            """
        ) { t, folder in
            let first = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(t.folder.file("begun"))
            first.signal(SIGKILL)
            _ = try first.wait()
            try FileManager.default.removeItem(atPath: folder)
            try Data().write(to: URL(filePath: t.folder.file("go")))
            #expect(try t.tutti("recover").status == 0)
            // Somebody else may have taken over by now.
            #expect(try t.tutti("wait", "@last", "--timeout", "60s").status == 1)
            #expect(try states(t) == ["ask completed", "then failed"])
            #expect(try Outside.query(t.store, "select count(*) from slots")[0][0].number == 0)
        }
    }

    @Test func `cancelling a job while its answer is checked cancels it, and handlers of failures stay away`()
        async throws
    {
        try await with(
            """
            version: 1
            jobs:
              fix: { run: [echo, fixed], verify: [sh, -c, "touch checking; exec sleep 100"], on_failure: [report] }
              report: { trigger: on_demand, run: [touch, reported] }
            """
        ) { t, folder in
            let running = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(folder + "/checking")
            #expect(try t.tutti("cancel", job(t, "fix")).status == 0)
            _ = try running.wait()
            #expect(try states(t).first == "fix cancelled")
            #expect(access(folder + "/reported", F_OK) != 0)
        }
    }

    @Test func `budgets of sessions go on where a killed coordinator left them`() async throws {
        try await with(
            """
            version: 1
            budget: { sessions: 3 }
            jobs:
              each:
                matrix: { n: [1, 2, 3, 4, 5, 6, 7, 8] }
                max_parallel: 1
                run: [sh, -c, "echo $0 >> begun; while [ $0 = 2 -a ! -e go ]; do sleep 0.02; done", "${{ matrix.n }}"]
            """
        ) { t, folder in
            let first = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(folder + "/begun", containing: "2\n")
            first.signal(SIGKILL)
            _ = try first.wait()
            try Data().write(to: URL(filePath: folder + "/go"))
            // Somebody else may have taken over by now.
            #expect(try t.tutti("recover").status == 0)
            _ = try t.tutti("wait", "@last", "--timeout", "60s")
            #expect(try states(t).count { $0.hasSuffix("completed") } == 3)
            #expect(try states(t).count { $0.hasSuffix("skipped") } == 5)
        }
    }

    @Test func `rows that were never begun are answered when they are tried again`() async throws {
        try await with(
            """
            version: 1
            jobs:
              gate: { run: [test, -e, open], retry: { attempts: 1 } }
              ask: { needs: [gate], provider: told, prompt: "x [[fake: --lines 2]]" }
            """
        ) { t, folder in
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status == 1)
            #expect(try states(t) == ["gate failed", "ask skipped"])
            try Data().write(to: URL(filePath: folder + "/open"))
            let again = try t.tutti("retry", "@last", "--failed", directory: folder)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try states(t) == ["gate completed", "ask completed"])
            #expect(try t.tutti("show", "@last", "-r").output.contains("line 2"))
        }
    }

    @Test func `priority, holds and words of a matrix hold for rows that come later`() async throws {
        try await with(
            """
            version: 1
            jobs:
              list: { run: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.02; done; echo '[1, 2]'"],
                      outputs: { names: { from: stdout, type: json } } }
              ask:
                needs: [list]
                matrix: { n: "${{ jobs.list.outputs.names }}" }
                run: [sh, -c, "echo $0 >> asked", "${{ matrix.n }}"]
            """
        ) { t, folder in
            let running = try t.start("batch", "run", folder + "/the.batch.yaml", "--priority", "7")
            _ = try waitForFile(folder + "/begun")
            let run = try required(Outside.query(t.store, "select id from runs")[0][0])
            #expect(try t.tutti("queue", "hold", run).status == 0)
            try Data().write(to: URL(filePath: folder + "/go"))
            _ = try Outside.until(t.store, "select 1 from jobs where module = 'list' and state = 'completed'")
            #expect(access(folder + "/asked", F_OK) != 0)
            #expect(try t.tutti("queue", "release", run).status == 0)
            #expect(try running.wait().status == 0)
            let rows = try Outside.query(t.store, "select priority from jobs where module like 'ask[%'").list
            #expect(rows.map { $0[0].number } == [7, 7])
        }
    }

    @Test func `a job's own budget is for all of its attempts together`() async throws {
        try await with(
            """
            version: 1
            jobs:
              ask:
                provider: told
                prompt: "x [[fake: --lines 1 --no-result --exit 3]]"
                budget: { sessions: 2 }
                retry: { attempts: 5, delay: 10ms, when: [crash] }
            """
        ) { t, folder in
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status == 6)
            let rows = try Outside.query(t.store, "select state, failure_class, attempts from jobs")
            #expect(rows[0][0].text == "failed" && rows[0][1].text == "budget" && rows[0][2].number == 2)
        }
    }

    @Test func `words of a row that make no sense fail it, and block no provider`() async throws {
        try await with(
            """
            version: 1
            jobs:
              one: { run: [echo, "{}"], outputs: { o: { from: stdout, type: json } } }
              ask:
                needs: [one]
                matrix: { n: [1, 2, 3, 4, 5, 6, 7] }
                provider: told
                prompt: "${{ jobs.one.outputs.o.missing }} ${{ matrix.n }}"
              last: { needs: { ask: finished }, provider: told, prompt: "x" }
            """
        ) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status == 1, "\(ran.errors)")
            let failures = try Outside.query(t.store, "select distinct failure_class from jobs where state = 'failed'")
                .list
            #expect(failures.map { $0[0].text } == ["invalid_request"])
            #expect(try states(t).last == "last completed")
        }
    }
}
