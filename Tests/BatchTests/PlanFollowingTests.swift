import Model
import Settings
import Testing

@testable import Batch

/// A plan for a run that goes on with another one.
@Suite struct PlanFollowingTests {
    private func rows(_ plan: BatchPlan, _ job: String) throws -> [String] {
        guard case .known(let rows)? = plan.job(job)?.rows else { return [] }
        return rows.map { ($0.isDropped ? "-" : "") + $0.key }
    }

    private func batch(_ rows: String, _ more: String = "") throws -> BatchPlan {
        try plan("version: 1\njobs:\n  a: { run: [x], matrix: { m: \(rows) } }\n\(more)")
    }

    @Test func `rows keep their numbers, and added ones come after them`() throws {
        let old = try batch("[1, 2, 3]")
        let (first, problems) = try batch("[4, 3, 1]").following(old, begun: ["a": BegunParts(rows: [1])])
        #expect(problems.isEmpty)
        #expect(try rows(first, "a") == ["m=1", "-m=2", "m=3", "m=4"])
        // As it is stored and read again.
        #expect(try rows(BatchPlan(json: first.json), "a") == ["m=1", "-m=2", "m=3", "m=4"])
        // A row that comes back is the one that had begun, and another one where it had not.
        let second = try batch("[2, 3]").following(first, begun: ["a": BegunParts(rows: [1])]).plan
        #expect(try rows(second, "a") == ["-m=1", "m=2", "m=3", "-m=4"])
        let third = try batch("[1, 2, 3]").following(second, begun: ["a": BegunParts(rows: [1])]).plan
        #expect(try rows(third, "a") == ["-m=1", "m=2", "m=3", "-m=4", "m=1"])
    }

    @Test func `jobs keep their addresses, and added ones come after them`() throws {
        let old = try batch("[1]", "  b: { run: [x] }\n")
        let new = try plan("version: 1\njobs:\n  c: { run: [x] }\n  b: { run: [x] }\n").following(old, begun: [:]).plan
        #expect(new.jobs.map { "\($0.name) \($0.number)" } == ["c 3", "b 2"])
        #expect(try BatchPlan(json: new.json).find("2").job.name == "b")
    }

    @Test func `a job that is over cannot be called any more`() throws {
        func plan(_ calls: String) throws -> BatchPlan {
            try BatchTests.plan(
                """
                version: 1
                jobs:
                  a: { run: [x], on_failure: [r] }
                  b: { run: [x]\(calls) }
                  r: { run: [x], trigger: on_demand }
                """)
        }
        let (old, new) = (try plan(""), try plan(", on_failure: [r]"))
        #expect(new.following(old, begun: ["a": BegunParts(rows: [nil])]).problems.isEmpty)
        let problems = new.following(old, begun: ["r": BegunParts(rows: [nil])]).problems
        #expect(
            problems.map { "\($0.position.line):\($0.position.column) \($0.message)" } == [
                "4:31 job `r` is decided about already, and now `b` names it under `on_failure`"
            ])
    }

    @Test func `what comes too late is named with its place`() throws {
        let old = try plan(
            "version: 1\njobs:\n  a: { run: [x] }\n  b: { run: [x], outputs: { o: { from: stdout } } }\n  c: { run: [x] }\n"
        )
        let new = try plan(
            """
            version: 1
            jobs:
              a: { run: [x], matrix: { m: [1] } }
              b: { run: [x], needs: [c], outputs: { o: { from: stdout, type: json }, p: { from: stdout } } }
              c: { run: [x] }
            """)
        #expect(new.following(old, begun: [:]).problems.isEmpty)
        let begun = BegunParts(rows: [nil])
        let problems = new.following(old, begun: ["a": begun, "b": begun, "c": begun]).problems
        #expect(
            problems.map { "\($0.position.line) \($0.message)" } == [
                "3 job `a` has begun, and it had no matrix",
                "4 job `b` has begun, and now needs `c`, which it did not",
                "4 job `b` has begun, and its output `o` is another one now",
                "4 job `b` has begun, and its output `p` is new",
            ])
    }

    @Test func `no rows are added to what others have begun after`() throws {
        func plan(_ rows: String) throws -> BatchPlan { try batch(rows, "  b: { run: [x], needs: [a] }\n") }
        let old = try plan("[1, 2]")
        let rows: Set<Int?> = [0, 1]
        let waiting = ["a": BegunParts(rows: rows)]
        #expect(try plan("[1, 3]").following(old, begun: waiting).problems.isEmpty)
        let begun = waiting.merging(["b": BegunParts(rows: [nil])]) { $1 }
        #expect(try plan("[1]").following(old, begun: begun).problems.isEmpty)
        #expect(
            try plan("[1, 3]").following(old, begun: begun).problems.map(\.message) == [
                "job `a` has more rows now, and `b`, which needs all of them, has begun"
            ])
    }

    @Test func `rows that were made late are made once`() throws {
        let text =
            "version: 1\njobs:\n  l: { run: [x], outputs: { o: { from: stdout, type: json } } }\n  a: { run: [x], needs: [l], matrix: { m: \"${{ jobs.l.outputs.o }}\" } }\n"
        var old = try plan(text)
        // Not begun, it is as the file says.
        #expect(try plan(text).following(old, begun: [:]).plan.job("a")?.rows == .afterNeeds)
        try old.expand(
            "a", outcomes: ["l": success("l", outputs: ["o": [1, 2]])], folder: MemoryFolder())
        let making = ["a": BegunParts(isMaking: true)]
        let same = try plan(text.replacing("[x]", with: "[y]")).following(old, begun: making)
        #expect(same.problems.isEmpty)
        #expect(try rows(same.plan, "a") == ["m=1", "m=2"])
        let other = try plan(text.replacing("m: \"", with: "n: \"")).following(old, begun: making)
        #expect(other.problems.map(\.message) == ["job `a` has begun, and its rows are made of the matrix that it had"])
    }

    @Test func `a row is the same as long as nothing that it says has changed`() throws {
        let old = try batch("[1, 2]")
        let added = try batch("[2, 3]", "  b: { run: [x] }\n").following(old, begun: [:]).plan
        #expect(added.asksTheSame("a", row: 1, as: old))
        #expect(!added.asksTheSame("a", row: 0, as: old))
        let other = try plan("version: 1\njobs:\n  a: { run: [y], matrix: { m: [1, 2] } }\n")
        #expect(!other.following(old, begun: [:]).plan.asksTheSame("a", row: 1, as: old))
    }

    @Test func `inputs keep what somebody gave, and follow the file where nobody did`() throws {
        func text(_ inputs: String) -> String {
            "version: 1\ninputs: { \(inputs) }\njobs: { a: { run: [x, \"${{ inputs.n }}\"] } }\n"
        }
        let old = try plan(
            text("n: { type: integer, default: 1 }, m: { type: string, default: a }"), set: [("n", "7")])
        let new = try read(text("n: { type: integer, default: 2 }, m: { type: string, default: b }"))
        #expect(try new.inputValues(given: [], keeping: old) == ["n": 7, "m": "b"])
        #expect(try new.inputValues(given: [("n", "8")], keeping: old) == ["n": 8, "m": "b"])
        // The default is gone, and the value that it gave stays.
        let bare = try read(text("n: { type: integer, required: true }, m: { type: string, required: true }"))
        #expect(try bare.inputValues(given: [], keeping: old) == ["n": 7, "m": "a"])
        for (inputs, words) in [
            ("n: { type: boolean }", "f:2:11: the input `n` needs true or false, and the run has 7"),
            ("n: { type: integer }, x: { type: string, required: true }", "f:2:33: the input `x` is required"),
        ] {
            let file = try read(text(inputs))
            let error = #expect(throws: TuttiError.self) { try file.inputValues(given: [], keeping: old) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }
}
