import Testing

@testable import Batch

@Suite struct PlanChangeTests {
    @Test func `what a newer file says differently is named job by job`() throws {
        let old = try plan(
            "version: 1\njobs:\n  a: { prompt_file: p, timeout: { total: 1m, idle: 5s } }\n  b: { run: [x], needs: [a], matrix: { m: [1, 2] } }\n  c: { run: [x] }\n",
            files: ["p": "one"])
        let new = try plan(
            "version: 1\njobs:\n  a: { prompt_file: p, timeout: { total: 2m }, priority: 1 }\n  b: { run: [x], matrix: { m: [2, 3] } }\n  d: { run: [x] }\n",
            files: ["p": "two"])
        let changes = old.changes(to: new).map { "\($0.kind) \($0.job ?? "-") \($0.part ?? "")" }
        #expect(
            changes == [
                "removed a timeout.idle", "added a priority", "changed a prompt_file p", "changed a timeout.total",
                "removed b needs.a", "added b row m=3", "removed b row m=1", "added d ", "removed c ",
            ])
        #expect(old.changes(to: old).isEmpty)
    }

    @Test
    func `what holds for the whole batch comes first, and a matrix that is not known yet is compared as it is written`()
        throws
    {
        let old = try plan(
            "version: 1\ninputs: { n: { type: integer, default: 1 } }\npools: { p: { max: 2 } }\nbudget: { usd: 1 }\njobs:\n  l: { run: [x], outputs: { o: { from: stdout, type: json } } }\n  a: { run: [x, '${{ file(\"f\") }}'], needs: [l], matrix: { m: '${{ jobs.l.outputs.o }}' } }\n",
            files: ["f": "one"])
        let new = try plan(
            "version: 1\ninputs: { n: { type: integer, default: 2 } }\npools: { p: { max: 3 } }\njobs:\n  l: { run: [x], outputs: { o: { from: stdout } } }\n  a: { run: [x, '${{ file(\"f\") }}'], needs: [l], matrix: { n: '${{ jobs.l.outputs.o }}' } }\n",
            files: ["f": "two"])
        #expect(
            old.changes(to: new).map { "\($0.kind) \($0.job ?? "-") \($0.part ?? "")" } == [
                "removed - budget.usd", "changed - file f", "changed - inputs.n", "changed - pools.p.max",
                "changed l outputs.o", "changed a matrix",
            ])
    }
}
