import Foundation
import Glibc
import TestSupport
import Testing

/// Batches that go on in another coordinator, are tried again, or start anew: nothing is paid for twice, and nothing that was
/// made of half an answer stands for the whole.
@Suite struct BatchAgainTests {
    private func with(_ batch: String, _ body: @escaping @Sendable (Scene, String) throws -> Void) async throws {
        try await Scene.with { t in
            let folder = t.folder.file("work")
            _ = try t.folder.makeFolder("work")
            try Data(batch.utf8).write(to: URL(filePath: folder + "/the.batch.yaml"))
            try body(t, folder)
        }
    }

    private func states(_ t: Scene) throws -> [String] {
        try Outside.query(t.store, "select module || ' ' || state from jobs order by run, position").list.compactMap {
            $0[0].text
        }
    }

    @Test func `an answer that a later coordinator finished is kept for later runs`() async throws {
        try await with(
            """
            version: 1
            jobs:
              ask:
                run: [sh, -c, "echo ran >> ran; while [ ! -e go ]; do sleep 0.02; done; echo said"]
                cache: { key: [run, "files:read.txt"] }
            """
        ) { t, folder in
            try Data("one".utf8).write(to: URL(filePath: folder + "/read.txt"))
            let first = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(folder + "/ran")
            first.signal(SIGKILL)
            _ = try first.wait()
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("recover").status == 0)
            #expect(try t.tutti("wait", "@last", "--timeout", "60s").status == 0)
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status == 0)
            #expect(try String(contentsOfFile: folder + "/ran", encoding: .utf8) == "ran\n")
            #expect(try states(t) == ["ask completed", "ask completed"])
        }
    }

    @Test func `an answer is judged by the schema that it was asked for, also when the file is gone after a crash`()
        async throws
    {
        try await with(
            """
            version: 1
            jobs:
              name: { run: [echo, shape.json], outputs: { file: { from: stdout } } }
              ask:
                needs: [name]
                run: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.02; done; echo this is no json"]
                output: { schema: "${{ jobs.name.outputs.file }}" }
                retry: { attempts: 1 }
            """
        ) { t, folder in
            try Data(#"{"type":"object"}"#.utf8).write(to: URL(filePath: folder + "/shape.json"))
            let first = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try waitForFile(folder + "/begun")
            first.signal(SIGKILL)
            _ = try first.wait()
            try FileManager.default.removeItem(atPath: folder + "/shape.json")
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("recover").status == 0)
            #expect(try t.tutti("wait", "@last", "--timeout", "60s").status != 0)
            #expect(try states(t) == ["name completed", "ask failed"])
            let failure = try Outside.query(t.store, "select failure_class from jobs where module = 'ask'")
            #expect(failure[0][0].text == "structured_output")
        }
    }

    @Test(arguments: [
        #"matrix: { n: { command: ["false"] } }"#, #"matrix: { n: "${{ jobs.list.outputs.names }}" }, needs: [list]"#,
    ])
    func `whoever is called for failures is called where no rows can be made`(_ matrix: String) async throws {
        try await with(
            """
            version: 1
            jobs:
              list: { run: [echo, '{"a": 1}'], outputs: { names: { from: stdout, type: json } } }
              ask: { run: [echo, x], on_failure: [tell], \(matrix) }
              tell:
                trigger: on_demand
                run: [sh, -c, "echo $0 > told", "${{ failure.job }}"]
            """
        ) { t, folder in
            let ran = try t.tutti("batch", "run", "the.batch.yaml", directory: folder)
            #expect(ran.status != 0, "\(ran.errors)")
            #expect(try states(t).contains("tell completed"), "\(ran.errors)")
            #expect(try String(contentsOfFile: folder + "/told", encoding: .utf8) == "ask\n")
        }
    }

    @Test func `what was made of the results of a row that is tried again is made anew`() async throws {
        try await with(
            """
            version: 1
            jobs:
              part:
                matrix: { n: [1, 2] }
                run: [sh, -c, "echo $0 >> parts; [ $0 = 1 ] || [ -e go ]", "${{ matrix.n }}"]
                retry: { attempts: 1 }
                on_failure: [tell]
              tell: { trigger: on_demand, run: [sh, -c, "echo told >> told"] }
              merge:
                needs: { part: finished }
                run: [sh, -c, "echo $0 >> merged", "${{ jobs.part.succeeded }} of ${{ jobs.part.total }}"]
              last: { needs: [merge], run: [sh, -c, "echo last >> last"] }
            """
        ) { t, folder in
            func lines(_ file: String) throws -> [String] {
                try String(contentsOfFile: folder + "/" + file, encoding: .utf8).split(separator: "\n").map(String.init)
            }
            #expect(try t.tutti("batch", "run", "the.batch.yaml", directory: folder).status != 0)
            #expect(try lines("merged") == ["1 of 2"] && lines("told") == ["told"])
            // It fails for good again: whoever is called for failures is called again.
            #expect(try t.tutti("retry", "@last", "--failed").status != 0)
            #expect(try lines("merged") == ["1 of 2", "1 of 2"])
            #expect(try lines("told") == ["told", "told"])
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("retry", "@last", "--failed").status == 0)
            #expect(try lines("merged").last == "2 of 2")
            #expect(try lines("last").count == 3)
            #expect(try lines("told").count == 2)
            #expect(try lines("parts").sorted() == ["1", "2", "2", "2"], "a row that was good is not asked again")
            #expect(
                try states(t) == [
                    "part[n=1] completed", "part[n=2] completed", "tell skipped", "merge completed", "last completed",
                ])
        }
    }

    @Test func `large files that a cache key is made of hold up nobody else, and no cancel`() async throws {
        try await with(
            """
            version: 1
            jobs:
              slow: { run: [sleep, 60], cache: { key: [run, "files:*.bin"] } }
              other: { run: [echo, x] }
            """
        ) { t, folder in
            for name in ["a", "b", "c", "d"] {
                #expect(FileManager.default.createFile(atPath: folder + "/\(name).bin", contents: nil))
                #expect(truncate(folder + "/\(name).bin", 256 << 20) == 0)
            }
            let batch = try t.start("batch", "run", folder + "/the.batch.yaml")
            _ = try Outside.until(t.store, "select 1 from jobs where module = 'other' and state = 'completed'")
            #expect(try t.tutti("cancel", "@last").status == 0)
            #expect(try batch.wait().status != 0)
            #expect(try states(t) == ["slow cancelled", "other completed"])
        }
    }

    // MARK: Resuming

    private static let steps = """
        version: 1
        jobs:
          ask:
            matrix: { n: [1, 2, 3] }
            run: [sh, -c, "echo ask $0 >> ran; [ $0 != 2 -o -e go ] && echo $0", "${{ matrix.n }}"]
            outputs: { n: { from: stdout, type: json } }
            output: { save: "out/${{ matrix.n }}.json" }
            retry: { attempts: 1 }
          sum:
            needs: ask
            run: [sh, -c, "echo sum $0 >> ran; echo $0", "${{ jobs.ask.outputs.n | json }}"]
          last: { needs: sum, run: [sh, -c, "echo last $0 >> ran", "${{ jobs.sum.text }}"] }
          beside: { run: [sh, -c, "echo beside >> ran"] }
        """

    private let batch = ["batch", "run", "the.batch.yaml"]

    /// What the jobs did since the last look.
    private func ran(_ folder: String) throws -> [String] {
        defer { unlink(folder + "/ran") }
        return try String(contentsOfFile: folder + "/ran", encoding: .utf8).split(separator: "\n").map(String.init)
            .sorted()
    }

    @Test func `a run that resumes another asks only for what is missing or was changed`() async throws {
        try await with(Self.steps) { t, folder in
            func again(_ words: String...) throws -> RunResult { try t.tutti(words: batch + words, directory: folder) }
            #expect(try again().status != 0)
            #expect(try ran(folder) == ["ask 1", "ask 2", "ask 3", "beside"])
            try Data().write(to: URL(filePath: folder + "/go"))
            try FileManager.default.removeItem(atPath: folder + "/out")
            let second = try again("--resume", "@last")
            #expect(second.status == 0, "\(second.errors)")
            #expect(try ran(folder) == ["ask 2", "last [1,2,3]", "sum [1,2,3]"])
            for n in 1...3 { #expect(FileManager.default.fileExists(atPath: folder + "/out/\(n).json"), "\(n)") }
            // Of a run that was itself resumed, everything is there.
            #expect(try again("--resume", "@last").status == 0)
            #expect(access(folder + "/ran", F_OK) != 0)
            let kept = try t.tutti("events", "@last", "--type", "job.finished")
            #expect(kept.output.split(separator: "\n").count { $0.contains("\"kept_from\":\"") } == 6, "\(kept.output)")
            // Another question is asked anew, and what its answer changes with it.
            let text = Self.steps.replacing("echo sum $0 >> ran; echo $0", with: "echo sum $0 >> ran; echo other")
            try Data(text.utf8).write(to: URL(filePath: folder + "/the.batch.yaml"))
            #expect(try again("--resume", "@last").status == 0)
            #expect(try ran(folder) == ["last other", "sum [1,2,3]"])
            #expect(try t.tutti("usage", "--json").status == 0)
        }
    }

    @Test func `a run from a job on takes what comes before from the newest run, and leaves out what lies beside`()
        async throws
    {
        try await with(Self.steps) { t, folder in
            func again(_ words: String...) throws -> RunResult { try t.tutti(words: batch + words, directory: folder) }
            let early = try again("--from", "sum")
            #expect(
                early.status == 66 && early.errors.contains("no earlier run"), "\(early.errors)")
            #expect(try again().status != 0)
            _ = try ran(folder)
            let missing = try again("--from", "sum")
            #expect(missing.status == 66 && missing.errors.contains("has no answer of `ask[n=2]`"), "\(missing.errors)")
            #expect(access(folder + "/ran", F_OK) != 0)
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("retry", "@last", "--failed").status == 0)
            #expect(try ran(folder) == ["ask 2", "last [1,2,3]", "sum [1,2,3]"])
            // However it was asked: the person says where to begin.
            let text = Self.steps.replacing("echo ask $0", with: "echo asked $0")
            try Data(text.utf8).write(to: URL(filePath: folder + "/the.batch.yaml"))
            let from = try again("--from", "sum")
            #expect(from.status == 0, "\(from.errors)")
            #expect(try ran(folder) == ["last [1,2,3]", "sum [1,2,3]"])
            #expect(try again("--from", "sum", "-n").status == 0)
            #expect(access(folder + "/ran", F_OK) != 0)
        }
    }

    @Test func `beginning at a job takes whatever the jobs after it need, and asks for none of it`() async throws {
        let text = """
            version: 1
            jobs:
              list: { run: [sh, -c, "echo list >> ran; cat rows"], outputs: { n: { from: stdout, type: json } } }
              ask:
                needs: list
                matrix: { n: "${{ jobs.list.outputs.n }}" }
                run: [sh, -c, "echo ask $0 >> ran; [ $0 != 2 -o -e go ] && echo $0", "${{ matrix.n }}"]
                retry: { attempts: 1 }
              never: { when: "${{ 1 > 2 }}", run: [sh, -c, "echo never >> ran"] }
              first: { run: [sh, -c, "echo first >> ran"] }
              sum:
                needs: { first: success, ask: finished, never: finished }
                run: [sh, -c, "echo sum $0 >> ran", "${{ jobs.ask.text | json }}"]
            """
        try await with(text) { t, folder in
            func again(_ words: String...) throws -> RunResult { try t.tutti(words: batch + words, directory: folder) }
            try Data("[1, 2]".utf8).write(to: URL(filePath: folder + "/rows"))
            #expect(try again().status == 1)
            _ = try ran(folder)
            // A row that is known only late, and has failed.
            let missing = try again("--from", "first")
            #expect(missing.status == 66 && missing.errors.contains("has no answer of `ask[n=2]`"), "\(missing.errors)")
            #expect(missing.errors.contains("--resume"), "\(missing.errors)")
            try Data().write(to: URL(filePath: folder + "/go"))
            #expect(try t.tutti("retry", "@last").status == 0)
            #expect(try ran(folder) == ["ask 2", #"sum ["1","2"]"#])
            // What comes after `first` needs `ask`, which does not come before it.
            let from = try again("--from", "first")
            #expect(from.status == 0, "\(from.errors)")
            #expect(try ran(folder) == ["first", #"sum ["1","2"]"#])
            let shown = try t.json("show", "@last", "--json")
            #expect(shown["job_list"].list.count { $0["kept_from"].text?.count == 16 } == 3)
            #expect(shown["sessions"].list.count == 2)
            #expect(try t.tutti("show", "@last").output.contains("(from run "))
        }
    }

    @Test func `a batch makes the store that is named, and only a run that begins with another wants it there`()
        async throws
    {
        try await with("version: 1\njobs: { a: { run: [echo, x] } }\n") { t, folder in
            let database = folder + "/new/a.db"
            func status(_ words: String...) throws -> Int32 {
                try t.tutti(words: batch + ["--db", database] + words, directory: folder).status
            }
            let early = try status("--from", "a")
            #expect(early == 66)
            #expect(try status("-n") == 0)
            #expect(access(database, F_OK) != 0)
            #expect(try status() == 0)
            #expect(try status("--from", "a") == 0)
        }
    }

    @Test func `a run is not deleted while another takes answers from it`() async throws {
        try await with(
            """
            version: 1
            jobs:
              hold: { run: [sh, -c, "echo once > held; while [ ! -e go ]; do sleep 0.02; done"] }
              ask: { needs: [hold], run: [sh, -c, "echo ran >> ran; echo said"] }
            """
        ) { t, folder in
            let (file, go) = (folder + "/the.batch.yaml", folder + "/go")
            try Data().write(to: URL(filePath: go))
            #expect(try t.tutti("batch", "run", file).status == 0)
            let first = try required(try Outside.query(t.store, "select id from runs")[0][0])
            for made in [go, folder + "/held"] { unlink(made) }
            let text = try String(contentsOfFile: file, encoding: .utf8).replacing("echo once", with: "echo again")
            try Data(text.utf8).write(to: URL(filePath: file))
            let second = try t.start("batch", "run", file, "--resume", first)
            _ = try waitForFile(folder + "/held")
            let refused = try t.tutti("clean", "--run", first, "--yes")
            #expect(refused.status == 75 && refused.errors.contains("takes answers from"), "\(refused.errors)")
            try Data().write(to: URL(filePath: go))
            #expect(try second.wait().status == 0)
            #expect(try String(contentsOfFile: folder + "/ran", encoding: .utf8) == "ran\n")
            #expect(try t.tutti("clean", "--run", first, "--yes").status == 0)
        }
    }

    @Test func `only a run of the same batch is resumed`() async throws {
        try await with(Self.steps) { t, folder in
            #expect(try t.tutti("ask", "x", "--all").status == 0)
            let other = try t.tutti("batch", "run", "the.batch.yaml", "--resume", "@last", directory: folder)
            #expect(other.status == 64 && other.errors.contains("is no batch"), "\(other.errors)")
            try Data("version: 1\njobs: { a: { run: [echo, x] } }\n".utf8).write(
                to: URL(filePath: folder + "/b.batch.yaml"))
            #expect(try t.tutti("batch", "run", "b.batch.yaml", directory: folder).status == 0)
            let third = try t.tutti("batch", "run", "the.batch.yaml", "--resume", "@last", directory: folder)
            #expect(third.status == 64 && third.errors.contains("is of the batch `b`"), "\(third.errors)")
            #expect(access(folder + "/ran", F_OK) != 0)
        }
    }
}
