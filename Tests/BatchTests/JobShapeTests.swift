import Model
import Settings
import Testing

@testable import Batch

/// What is known of a job before its rows are.
@Suite struct JobShapeTests {
    private static let text = """
        version: 1
        inputs: { most: { type: integer, default: 4 } }
        pools: { p: { max: 1 } }
        jobs:
          l: { run: [ls], outputs: { o: { from: stdout, type: json } } }
          a:
            needs: [l]
            MATRIX
            prompt: x
            max_parallel: ${{ inputs.most }}
            fail_fast: true
            retry: { attempts: 7, delay: "${{ matrix.m.delay }}" }
            timeout: { total: 5m, queue: 1h }
            key: only one
            pools: [p]
            fair_share: ${{ batch.name }}
            priority: 3
            module: ${{ matrix.m.name }}
            model: ${{ jobs.l.outputs.o | default("none") }}
            provider: ${{ job.key | default("none") }}
            output: { save: "out/${{ matrix.key }}.md" }

        """

    private func shape(_ matrix: String, row: Int?) throws -> JobSettings {
        try plan(Self.text.replacing("MATRIX", with: "matrix: { m: \(matrix) }")).shape(of: "a", row: row)
    }

    @Test(arguments: ["\"${{ jobs.l.outputs.o }}\"", "{ command: [ls] }", "{ glob: nothing/* }"], [nil, 0])
    func `what a job says for all its rows holds before they are known`(_ matrix: String, row: Int?) throws {
        let shape = try shape(matrix, row: row)
        #expect(shape.maxParallel == 4 && shape.failFast)
        let retry = shape.retry(over: RetrySettings())
        #expect(retry.attempts == 7 && retry.delay == RetrySettings().delay)
        #expect(shape.timeouts(over: TimeoutSettings()).total == .seconds(300))
        #expect(shape.queueTimeout == .seconds(3600))
        #expect(shape.key == "only one" && shape.pools == ["p"] && shape.fairShare == "f" && shape.priority == 3)
    }

    @Test func `what depends on a row or on a result is left out, whatever its default`() throws {
        let late = try shape("\"${{ jobs.l.outputs.o }}\"", row: nil)
        #expect(late.module == nil && late.model == nil && late.provider == nil && late.save == nil)
        let known = try shape("[{ name: web, delay: 2s }, { name: api, delay: 3s }]", row: 1)
        #expect(known.module == "api" && known.model == nil && known.provider == "a[m=api]")
        #expect(known.retry(over: RetrySettings()).delay == .seconds(3) && known.save == "out/m=api.md")
        // Without a number it is the job, also where the rows are known.
        let job = try shape("[{ name: web, delay: 2s }]", row: nil)
        #expect(job.module == nil && job.maxParallel == 4)
    }

    @Test func `an entry of include speaks for its row alone`() throws {
        let plan = try plan(
            "version: 1\njobs: { a: { prompt: x, priority: 5, matrix: { m: [1, 2], include: [{ m: 1, priority: 1 }] } } }\n"
        )
        #expect(plan.shape(of: "a").priority == 5)
        #expect(plan.shape(of: "a", row: 0).priority == 1 && plan.shape(of: "a", row: 1).priority == 5)
    }
}
