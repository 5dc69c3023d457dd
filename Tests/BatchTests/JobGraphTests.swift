import Model
import Settings
import Testing

@testable import Batch

@Suite struct JobGraphTests {
    @Test func `needs decide by how jobs ended`() throws {
        let text = """
            version: 1
            jobs:
              a: { run: [x] }
              ok: { run: [x], needs: [a] }
              bad: { run: [x], needs: { a: failure } }
              any: { run: [x], needs: { a: finished } }
              asked: { run: [x], needs: [a], when: "${{ jobs.a.status != 'skipped' }}" }
              strict: { run: [x], needs: { a: success }, when: "${{ jobs.a.failed == 0 }}" }
              wrong: { run: [x], needs: [a], when: "${{ jobs.a.output.x == 1 }}" }
            """
        let plan = try plan(text)
        func starts(_ outcome: JobOutcome) -> [String] {
            plan.jobs.map(\.name).filter { $0 != "a" && plan.verdict(on: $0, outcomes: ["a": outcome]) == .start }
        }
        #expect(starts(success("a", result: ["x": 1])) == ["ok", "any", "asked", "strict", "wrong"])
        #expect(starts(failure("a")) == ["bad", "any", "asked"])
        #expect(starts(.skipped(hasMatrix: false)) == ["any"])
        #expect(plan.verdict(on: "ok", outcomes: ["a": failure("a")]) == .skip("`a` failed, and its success is needed"))
        guard case .fail(let problem) = plan.verdict(on: "wrong", outcomes: ["a": success("a", result: ["y": 1])])
        else {
            Issue.record("a condition that cannot be asked is no answer")
            return
        }
        #expect(problem.position.description == "f:9:59" && problem.message.contains("has no `x`"))
    }

    @Test func `a share of no rows is no reason to start`() throws {
        let text = """
            version: 1
            jobs:
              list: { run: [x], outputs: { all: { from: stdout, type: json } } }
              ask: { run: [x], needs: [list], matrix: { n: "${{ jobs.list.outputs.all }}" } }
              merge: { run: [x], needs: [ask], when: "${{ jobs.ask.succeeded >= 0.5 * jobs.ask.total }}" }
              told: { run: [x], needs: [ask], when: "${{ jobs.ask.status == 'skipped' }}" }
            """
        let plan = try plan(text)
        let skipped = JobOutcome.skipped(hasMatrix: true)
        #expect(
            plan.verdict(on: "merge", outcomes: ["ask": skipped])
                == .skip("`ask` was skipped, and `when` counts what came of it"))
        #expect(plan.verdict(on: "told", outcomes: ["ask": skipped]) == .start)
        // A matrix that came to no rows has done all that there was to do.
        #expect(plan.verdict(on: "merge", outcomes: ["ask": JobOutcome(rows: [], hasMatrix: true)]) == .start)
    }

    @Test func `what a job needs and what follows from it is known`() throws {
        let plan = try plan(
            "version: 1\njobs: { a: {run: [x]}, b: {run: [x], needs: [a]}, c: {run: [x], needs: [b]}, d: {run: [x]} }\n"
        )
        #expect(plan.ancestors(of: "c") == ["a", "b"] && plan.ancestors(of: "a") == [])
        #expect(plan.descendants(of: "a") == ["b", "c"] && plan.descendants(of: "d") == [])
        #expect(plan.jobs.map(\.wave) == [1, 2, 3, 1])
    }
}
