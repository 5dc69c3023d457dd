import Foundation
import TestSupport
import Testing

/// Batches in which a job says what it should not: no answer replaces another, or a file that the batch needs.
@Suite struct BatchSafetyTests {
    /// Runs `body` with a batch file of this text, and these files beside it.
    private func with(
        _ batch: String, files: [String: String] = [:], _ body: @escaping @Sendable (Scene, String) throws -> Void
    ) async throws {
        try await Scene.with { t in
            let folder = t.folder.file("work")
            _ = try t.folder.makeFolder("work")
            for (name, text) in files { _ = try t.folder.write(text, to: "work/" + name) }
            _ = try t.folder.write(batch, to: "work/the.batch.yaml")
            try body(t, folder)
        }
    }

    @Test func `what a job said names no file that the batch needs`() async throws {
        let batch = """
            version: 1
            jobs:
              t: { run: [printf, "%s", check], outputs: { o: { from: stdout } } }
              a:
                needs: [t]
                run: [echo, evil]
                verify: [sh, ./check.sh]
                output: { save: "${{ jobs.t.outputs.o }}.sh" }
            """
        try await with(batch, files: ["check.sh": "exit 0\n"]) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status == 1, "\(ran.errors)")
            #expect(text(of: folder + "/check.sh") == "exit 0\n")
            let rows = try Outside.query(t.store, "select failure_class, failure from jobs where state = 'failed'").list
            #expect(rows.count == 1 && rows[0][0].text == "verify_failed")
            #expect(rows[0][1].text?.contains("reads or runs that file") == true, "\(rows[0][1].text ?? "")")
        }
    }

    @Test func `two rows that lead to one file by a link do not both complete`() async throws {
        let batch = """
            version: 1
            jobs:
              t:
                run: [sh, -c, "mkdir a && ln -s a b && echo x"]
                outputs: { o: { from: stdout } }
              r:
                needs: [t]
                matrix: { d: [a, b] }
                run: [echo, "${{ matrix.d }}"]
                output: { save: "${{ matrix.d }}x.txt" }
              a: { needs: [t], run: [echo, one], output: { save: "a/${{ jobs.t.outputs.o }}.txt" } }
              b: { needs: [t], run: [echo, two], output: { save: "b/${{ jobs.t.outputs.o }}.txt" } }
            """
        try await with(batch) { t, folder in
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status == 1)
            let rows = try Outside.query(t.store, "select module from jobs where state = 'failed'").list
            #expect(rows.count == 1)
            // What is there is the answer of the one that completed.
            let kept = rows.first?[0].text == "a" ? "two" : "one"
            #expect(text(of: folder + "/a/x.txt") == kept)
            #expect(text(of: folder + "/ax.txt") == "a" && text(of: folder + "/bx.txt") == "b")
        }
    }

    @Test func `a command that prints more values than there may be rows fails its axis`() async throws {
        let batch = """
            version: 1
            jobs:
              a: { matrix: { n: { command: [seq, "10001"] } }, run: [echo, "${{ matrix.n }}"] }
              l: { run: [seq, "1000001"], outputs: { o: { from: stdout, type: lines } } }
            """
        try await with(batch) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status != 0)
            let rows = try Outside.query(
                t.store, "select module, failure from jobs where failure_class = 'verify_failed' order by module"
            ).list
            #expect(rows.map { $0[0].text } == ["a.n", "l"])
            #expect(rows.first?[1].text?.contains("10001 values; a matrix has at most 10000 rows") == true)
        }
    }

    @Test func `an attempt is counted out of those that its own job allows`() async throws {
        let batch = """
            version: 1
            jobs:
              a: { provider: told, prompt: "x [[fake: --lines 1 --no-result --exit 3]]", retry: { attempts: 2, delay: 1ms, when: [crash] } }
            """
        try await with(batch) { t, folder in
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status != 0)
            let rows = try Outside.query(
                t.store,
                "select json_extract(data, '$.attempt'), json_extract(data, '$.of') from event_log where type = 'session.retrying'"
            ).list
            #expect(rows.map { [$0[0].number, $0[1].number] } == [[2, 2]])
        }
    }
}
