import GRDB
import Model
import Testing

@testable import Store

/// How SQLite carries out what is done for every session: the store keeps years of them.
@Suite struct PlanTests {
    let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// A question from its beginning to its end, with a first attempt that fails.
    private func live() async throws {
        let question = try fixture.ask()
        let block = BlockKey(message: "m1", index: 0)
        let usage = UsageReport(increments: [ModelUsage(model: "opus", usage: Usage(input: 10, output: 5))])
        fixture.store.record(question.slice(to: 10, [.textDelta(block, "one"), .textBlock(block, "one")]))
        fixture.store.record(question.slice(to: 20, [.usage(usage), .textDelta(block, "two")]))
        let time = StoreFixture.time
        try await fixture.store.write(.full) { writer in
            let failure = Failure(.crash, "it fell")
            try writer.endSession(question.session, Outcome(state: .failed, failure: failure), exit: nil, at: time)
            try writer.setJob(question.job, .waiting, failure: failure, at: time)
            try writer.restartMessage(question.message)
            try writer.completeMessage(question.message, .failed, failure: failure, at: time)
            try writer.setJob(question.job, .failed, failure: failure, at: time)
            try writer.setRun(question.run, .failed, exit: 1, at: time)
            try writer.heartbeat(question.fence.coordinator, at: time)
        }
    }

    @Test func `nothing that is done for each session looks through a table that grows`() async throws {
        try await live()
        let scans = try await fixture.store.write(.stream) { writer in
            var found: [String] = []
            for text in writer.core.preparedTexts {
                let plan = try writer.db.makeStatement(sql: "EXPLAIN QUERY PLAN \(text)")
                plan.setUncheckedArguments([])
                for step in try Row.fetchAll(plan) {
                    let detail: String = step["detail"]
                    if detail.hasPrefix("SCAN"), !detail.hasPrefix("SCAN CONSTANT ROW"), !detail.contains("subquery") {
                        found.append("\(detail): \(text)")
                    }
                }
            }
            return found
        }
        #expect(scans == [])
    }
}
