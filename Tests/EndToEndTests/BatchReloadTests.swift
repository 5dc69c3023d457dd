import Foundation
import Glibc
import TestSupport
import Testing

/// Batches that follow their edited file while they go on.
@Suite struct BatchReloadTests {
    /// The folder of a batch, and what its jobs did there.
    private struct Work {
        let t: Scene
        let folder: String

        var file: String { folder + "/the.batch.yaml" }

        func write(_ text: String, to name: String = "the.batch.yaml") throws {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }

        /// Begins the batch in the background, and waits until a part of it has made the file `begun`.
        func begin() throws {
            let started = try t.tutti("batch", "run", file, "-d")
            guard started.status == 0 else { throw TestFailure(started.errors) }
            _ = try waitForFile(folder + "/begun")
        }

        /// Lets the parts go on that wait for it.
        func go() throws { try write("", to: "go") }

        func reload(_ words: String...) throws -> RunResult {
            try t.tutti(words: ["batch", "reload", "@last"] + words)
        }

        func end() throws -> Int32 { try t.tutti("wait", "@last", "--timeout", "60s").status }

        /// What the jobs did, in any order.
        func ran() throws -> [String] {
            try String(contentsOfFile: folder + "/ran", encoding: .utf8).split(separator: "\n").map(String.init)
                .sorted()
        }

        func states() throws -> [String] {
            try Outside.query(t.store, "select module || ' ' || state from jobs order by position").list.compactMap {
                $0[0].text
            }
        }
    }

    private func with(_ batch: String, _ body: @escaping @Sendable (Work) throws -> Void) async throws {
        try await Scene.with { t in
            let work = Work(t: t, folder: try t.folder.makeFolder("work"))
            try work.write(batch)
            try body(work)
        }
    }

    private static let waits = "touch begun; while [ ! -e go ]; do sleep 0.02; done"

    private static let before = """
        version: 1
        jobs:
          first: { run: [sh, -c, "echo first >> ran; \(waits); echo one"] }
          ask:
            needs: first
            matrix: { n: [1, 2, 3] }
            run: [sh, -c, "echo ask $0 >> ran; echo $0", "${{ matrix.n }}"]
          gone: { needs: first, run: [sh, -c, "echo gone >> ran"] }
        """

    private static let after = """
        version: 1
        jobs:
          first: { run: [sh, -c, "echo never >> ran"] }
          ask:
            needs: first
            matrix: { n: [2, 3, 4] }
            run: [sh, -c, "echo asked $0 >> ran; echo $0", "${{ matrix.n }}"]
          sum:
            needs: [first, ask]
            run: [sh, -c, "echo sum $0 >> ran", "${{ jobs.first.text }} ${{ jobs.ask.text | json }}"]
        """

    private static let ended = ["asked 2", "asked 3", "asked 4", "first", #"sum one ["2","3","4"]"#]

    private static let states = [
        "first completed", "ask[n=1] skipped", "ask[n=2] completed", "ask[n=3] completed", "gone skipped",
        "ask[n=4] completed", "sum completed",
    ]

    @Test func `what has begun stays, and the rest follows the edited file`() async throws {
        try await with(Self.before) { work in
            try work.begin()
            try work.write(Self.after)
            let look = try work.reload("-n")
            #expect(look.status == 0, "\(look.errors)")
            for words in [
                "+ ask: row n=4", "- ask: row n=1", "+ sum", "- gone", "~ ask: run",
                "2 parts changed, 2 parts added, 2 parts removed, 1 part as it began; nothing was changed",
            ] { #expect(look.output.contains(words), "\(look.output)") }
            // Nobody is there to be asked.
            let unasked = try work.reload()
            #expect(unasked.status == 4, "\(unasked.errors)")
            #expect(
                try work.states() == [
                    "first running", "ask[n=1] waiting", "ask[n=2] waiting", "ask[n=3] waiting", "gone waiting",
                ])
            let applied = try work.reload("--yes", "--json")
            #expect(applied.status == 0, "\(applied.errors)")
            let told = try Fields(applied.output)
            #expect(told["applied"].number == 1)
            #expect(told["added"].number == 2 && told["removed"].number == 2 && told["changed"].number == 2)
            let again = try work.reload("--yes")
            #expect(again.status == 0 && again.output.contains("says nothing else"), "\(again.output)")
            try work.go()
            #expect(try work.end() == 0)
            #expect(try work.ran() == Self.ended)
            #expect(try work.states() == Self.states)
            let shown = try work.t.tutti("show", "@last")
            #expect(shown.output.contains("Not started: the edited file has it no longer."), "\(shown.output)")
            // It is over, and what was taken out is nothing that failed.
            let late = try work.reload("--yes")
            #expect(late.status == 64 && late.errors.contains("is over (completed)"), "\(late.errors)")
            #expect(late.errors.contains("--resume"))
            let retried = try work.t.tutti("retry", "@last")
            #expect(retried.status == 66, "\(retried.errors)")
        }
    }

    @Test func `a coordinator that dies in the moment after loses nothing of it`() async throws {
        try await with(Self.before) { work in
            let attended = try work.t.start("batch", "run", work.file)
            _ = try waitForFile(work.folder + "/begun")
            try work.write(Self.after)
            #expect(try work.reload("--yes").status == 0)
            attended.signal(SIGKILL)
            _ = try attended.wait()
            try work.go()
            #expect(try work.t.tutti("recover").status == 0)
            #expect(try work.end() == 0)
            #expect(try work.ran() == Self.ended)
            #expect(try work.states() == Self.states)
        }
    }

    @Test func `a batch that nobody works on takes the file of its next coordinator`() async throws {
        try await with(Self.before) { work in
            let attended = try work.t.start("batch", "run", work.file)
            _ = try waitForFile(work.folder + "/begun")
            // Nobody takes it over while all of them are stopped.
            for guardian in work.t.guards() { kill(guardian, SIGKILL) }
            attended.signal(SIGKILL)
            _ = try attended.wait()
            try work.write(Self.after)
            #expect(try work.reload("--yes").status == 0)
            try work.go()
            #expect(try work.end() == 0)
            #expect(try work.ran() == Self.ended)
            #expect(try work.states() == Self.states)
        }
    }

    @Test func `a change that comes too late is refused with its place, and nothing is changed`() async throws {
        try await with(Self.before) { work in
            try work.begin()
            let stored = try Outside.query(work.t.store, "select spec from runs").list.first?[0].text
            for (old, new, place, words) in [
                ("first: {", "first: { needs: gone,", ":3:", "has begun, and now needs `gone`"),
                ("first: {", "first: { outputs: { o: { from: stdout } },", ":3:", "its output `o` is new"),
                ("first: {", "first: { matrix: { m: [1] },", ":3:", "it had no matrix"),
                ("jobs:", "inputs: { who: { type: string, required: true } }\njobs:", ":2:", "`who` is required"),
            ] {
                try work.write(
                    Self.before.replacing("  gone: { needs: first, run:", with: "  gone: { run:").replacing(
                        old, with: new, maxReplacements: 1))
                let refused = try work.reload("--yes")
                #expect(refused.status == 78 || refused.status == 64, "\(refused.errors)")
                #expect(refused.errors.contains("the.batch.yaml" + place), "\(refused.errors)")
                #expect(refused.errors.contains(words), "\(refused.errors)")
            }
            #expect(try Outside.query(work.t.store, "select spec from runs").list.first?[0].text == stored)
            try work.go()
            #expect(try work.end() == 0)
            #expect(try work.ran() == ["ask 1", "ask 2", "ask 3", "first", "gone"])
        }
    }

    @Test func `what has begun needs no module any more, what has not does`() async throws {
        try await with(Self.before.replacing("first: { run:", with: "first: { module: old, run:")) { work in
            try work.write("version: 1\nmodules: { old: { path: . } }\n", to: "tutti.yaml")
            try work.begin()
            try work.write("version: 1\nmodules: { new: { path: . } }\n", to: "tutti.yaml")
            let edited = Self.before.replacing("first: { run:", with: "first: { module: old, run:")
            try work.write(edited + "\n  late: { needs: first, module: old, run: [sh, -c, 'echo late >> ran'] }\n")
            let refused = try work.reload("--yes")
            #expect(refused.status == 78 && refused.errors.contains("\"old\" does not exist"), "\(refused.errors)")
            try work.write(edited + "\n  late: { needs: first, module: new, run: [sh, -c, 'echo late >> ran'] }\n")
            let taken = try work.reload("--yes")
            #expect(taken.status == 0, "\(taken.errors)")
            // What was taken out is new when it is put back.
            let gone = "gone: { needs: first, run:"
            try work.write(edited.replacing("  \(gone) [sh, -c, \"echo gone >> ran\"] }", with: ""))
            #expect(try work.reload("--yes").status == 0)
            try work.write(edited.replacing(gone, with: "gone: { needs: first, module: old, run:"))
            #expect(try work.reload("--yes").status == 78)
            try work.write(edited + "\n  late: { needs: first, module: new, run: [sh, -c, 'echo late >> ran'] }\n")
            #expect(try work.reload("--yes").status == 0)
            try work.go()
            #expect(try work.end() == 0)
            #expect(try work.ran().contains("late"))
        }
    }

    @Test func `an attempt after a failure is the one that the part began with`() async throws {
        // It fails, and waits for its turn until somebody says so.
        let text = """
            version: 1
            jobs:
              slow: { run: [sh, -c, "\(Self.waits)"] }
              ask:
                needs: slow
                matrix: { n: [1, 2] }
                max_parallel: 1
                run: [sh, -c, "echo ask $0 >> ran; touch at.$0; while [ ! -e go.$0 ]; do sleep 0.02; done; exit 1", "${{ matrix.n }}"]
                retry: { attempts: 2, when: [crash], delay: 10ms }
            """
        try await with(text) { work in
            try work.begin()
            try work.go()
            _ = try waitForFile(work.folder + "/at.1")
            try work.write(text.replacing("echo ask $0", with: "echo asked $0").replacing("exit 1", with: "exit 0"))
            let applied = try work.reload("--yes")
            #expect(applied.status == 0, "\(applied.errors)")
            #expect(applied.output.contains("1 part changed, 1 part as it began"), "\(applied.output)")
            // Once more: it is still the first plan that it goes by.
            try work.write(text.replacing("echo ask $0", with: "echo other $0").replacing("exit 1", with: "exit 0"))
            #expect(try work.reload("--yes").status == 0)
            for n in 1...2 { try work.write("", to: "go.\(n)") }
            #expect(try work.end() == 1)
            #expect(try work.ran() == ["ask 1", "ask 1", "other 2"])
            // The job log tells what ran, not what would run now.
            let log = try work.t.tutti("export", "@last", "--format", "joblog").output.split(separator: "\n")
            #expect(log.count { $0.contains("echo ask $0") } == 2 && log.count { $0.contains("echo other $0") } == 1)
            // Asked again by a person, it is asked as the file says now.
            let retried = try work.t.tutti("retry", "@last")
            #expect(retried.status == 0, "\(retried.errors)")
            #expect(try work.ran() == ["ask 1", "ask 1", "other 1", "other 2"])
        }
    }

    @Test func `commands that the project's changed file names need to be trusted first`() async throws {
        try await with(Self.before) { work in
            try work.begin()
            try work.write(Self.after)
            try work.write(
                "version: 1\nproviders: { mine: { extends: plain, command: [./mine] } }\n", to: "tutti.yaml")
            let refused = try work.reload("--yes")
            #expect(refused.status == 77, "\(refused.errors)")
            #expect(try work.states().last == "gone waiting")
            #expect(try work.t.tutti("trust", "--yes", directory: work.folder).status == 0)
            #expect(try work.reload("--yes").status == 0)
            try work.go()
            #expect(try work.end() == 0)
            #expect(try work.ran() == Self.ended)
        }
    }

    private static func growing(_ rows: Range<Int>) -> String {
        """
        version: 1
        jobs:
          slow: { run: [sh, -c, "\(Self.waits)"] }
          ask:
            matrix: { n: [\(rows.map { "\($0)" }.joined(separator: ", "))] }
            run: [sh, -c, "echo ask $0 >> ran; echo $0", "${{ matrix.n }}"]
          sum: { needs: [ask, slow], run: [sh, -c, "echo sum $0 >> ran", "${{ jobs.ask.total }}"] }
        """
    }

    @Test func `edits that come while parts begin and end run each part once`() async throws {
        try await with(Self.growing(0..<10)) { work in
            try work.begin()
            for count in 2...6 {
                try work.write(Self.growing(0..<count * 10))
                let applied = try work.reload("--yes")
                guard applied.status == 0 else { throw TestFailure(applied.errors) }
            }
            try work.go()
            #expect(try work.end() == 0)
            let ran = try work.ran()
            #expect(ran.count { $0.hasPrefix("ask") } == 60)
            #expect(Set(ran).count == ran.count, "\(ran)")
            #expect(try work.states().count { $0.hasSuffix("completed") } == 62)
        }
    }
}
