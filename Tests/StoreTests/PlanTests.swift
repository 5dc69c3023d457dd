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
        _ = try fixture.ask()
        _ = try await adopt(fixture)
    }

    /// Takes over what a store's coordinator owns; gives what was taken, and how many statements that took.
    private func adopt(_ fixture: StoreFixture) async throws -> (Adoption?, statements: Int) {
        let dead = fixture.fence
        return try await fixture.store.write(.full) { writer in
            let fence = try writer.register(.random(), pid: 1, kind: "test", at: StoreFixture.time)
            var statements = 0
            writer.db.trace { _ in statements += 1 }
            defer { writer.db.trace() }
            let adoption = try writer.adopt(
                coordinator: dead.coordinator, at: dead.epoch, into: fence, at: StoreFixture.time)
            return (adoption, statements)
        }
    }

    /// The statements of an adoption of so many sessions, each of which has printed something or nothing.
    private func statements(adopting count: Int, printing entries: [Recorded]) async throws -> Int {
        let fixture = try StoreFixture()
        for _ in 0..<count {
            let question = try fixture.ask()
            if !entries.isEmpty { fixture.store.record(question.slice(to: 10, entries)) }
        }
        let (adoption, statements) = try await adopt(fixture)
        #expect(adoption?.sessions.count == count)
        #expect(adoption?.runs.count == count)
        return statements
    }

    @Test func `sessions that died are adopted together, however many there are`() async throws {
        let few = try await statements(adopting: 2, printing: [])
        let many = try await statements(adopting: 40, printing: [])
        #expect(many == few)
    }

    @Test func `an adopted session costs no statements but those that write what the log alone has of it`() async throws
    {
        let block = BlockKey(message: "m1", index: 0)
        let few = try await statements(adopting: 2, printing: [.textDelta(block, "one")])
        let many = try await statements(adopting: 40, printing: [.textDelta(block, "one")])
        // Reading the event's words, the block's beginning, its part, and the session's progress.
        #expect(many - few <= 4 * 38)
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
                    // What stands in an argument is as long as the question itself.
                    let isGiven = detail.hasPrefix("SCAN CONSTANT ROW") || detail.hasPrefix("SCAN json_each")
                    if detail.hasPrefix("SCAN"), !isGiven, !detail.contains("subquery") {
                        found.append("\(detail): \(text)")
                    }
                }
            }
            return found
        }
        #expect(scans == [])
    }
}
