import Coordinator
import Model
import Store
import TestSupport
import Testing

/// Providers that state more than anybody can have used.
@Suite(.serialized) struct HostileUsageTests {
    private static let fields = ", fields: { delta: d, result: r, usage: { input: i, output: o, cost: c } }"
    private static let lines = """
        {"d":"Hello"}
        {"i":9223372036854775807,"o":1,"c":5000000000}
        {"i":9223372036854775807,"o":9223372036854775807,"c":5000000000}
        {"i":9223372036854775807,"o":9223372036854775807,"c":9e299}
        {"r":"Hello"}

        """

    private func workshop(_ folder: TemporaryFolder, modules: Int = 1) throws -> Workshop {
        _ = try folder.write(HostileUsageTests.lines, to: "lines")
        return try Workshop(folder, modules: modules, format: "jsonl", fields: HostileUsageTests.fields)
    }

    private func expect(_ detail: RunDetail) {
        #expect(detail.run.state == .completed)
        #expect(detail.messages.contains { $0.role == .assistant && $0.content == "Hello" })
        #expect(detail.run.usage.usage.input == Usage.most)
        #expect(detail.run.usage.knownCost == Money(nanos: 3 * Money.most.nanos))
    }

    @Test func `a run whose provider states impossible sums ends as any other`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try workshop(folder)
                let store = try workshop.store()
                defer { store.close() }
                expect(
                    try workshop.ask(
                        try workshop.request("[[fake: --payload \(folder.file("lines"))]] x"), in: store))
            }
        }
    }

    @Test func `a recovery that reads impossible sums again ends the run`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try workshop(folder)
                let store = try workshop.store()
                defer { store.close() }
                let dying = try Coordinator(store: store, surroundings: workshop.surroundings())
                let run = try dying.submit(
                    PreparedRun(
                        try workshop.request("[[fake: --payload \(folder.file("lines")) --linger 1000]] x"), at: .now)
                ).run
                let watch = TickWatch(storePath: store.path)
                while try store.read({ try $0.events(after: 0) }).events.count(where: { $0.type == .usage }) < 3 {
                    watch.wait()
                }
                dying.close()
                try Coordinator.recover(store, surroundings: workshop.surroundings())
                let detail = try workshop.detail(run, in: store)
                expect(detail)
                #expect(detail.sessions.count == 1)
            }
        }
    }

    @Test func `an impossible sum reaches the limit of what a run may cost`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try workshop(folder, modules: 2)
                let store = try workshop.store()
                defer { store.close() }
                let detail = try workshop.ask(
                    try workshop.request(
                        "[[fake: --payload \(folder.file("lines")) --hang end]] x",
                        flags: ["budget.usd": "1", "jobs": "1"]),
                    in: store)
                #expect(detail.run.exit == ExitCode.budget.rawValue)
                #expect(detail.jobs.map(\.state) == [.completed, .skipped])
            }
        }
    }
}
