import Model
import Scheduler
import Store
import TestSupport
import Testing

@testable import Batch
@testable import Coordinator

/// The queue as people see it, without any coordinator.
@Suite struct QueueViewTests {
    private static let batch = """
        version: 1
        jobs:
          first: { run: [ls], matrix: { n: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, max_parallel: 2 }
          second: { needs: first, run: [ls] }
          third: { needs: first, run: [ls], matrix: { m: '${{ jobs.first.results }}' } }

        """

    /// Writes a batch; gives its jobs in their order.
    private func enqueueBatch(_ workshop: Workshop, in store: Store) throws -> [JobRow] {
        let file = try BatchFile.read(Array(Self.batch.utf8), path: "f")
        let project = workshop.folder.file("project")
        let plan = try BatchPlan.make(
            file, inputs: try file.inputValues(given: []), folder: try DiskFolder(project), displayFolder: project)
        let request = try workshop.request("x")
        let run = try Coordinator.enqueue(
            PreparedRun(BatchRequest(plan, request.configuration), at: .now), in: store
        ).run
        return try jobs(of: run, in: store)
    }

    private func jobs(of run: Identifier, in store: Store) throws -> [JobRow] {
        try store.read { try $0.runDetail(run) }?.jobs ?? []
    }

    private func view(_ store: Store, most: Int? = nil, at now: Timestamp) throws -> QueueView {
        try store.read { try QueueView($0, now: now, most: most) }
    }

    @Test func `the front of the queue is the beginning of the whole, and says the same of each job`() async throws {
        try await Workshop.with(6) { workshop, store in
            for priority in [0, 3, 0] {
                var request = try workshop.request("x")
                request.priority = priority
                request.merge = .prompt("y")
                _ = try Coordinator.enqueue(PreparedRun(request, at: .now), in: store)
            }
            let parts = try enqueueBatch(workshop, in: store)
            try store.writeAndWait {
                try $0.setJob(parts[0].id, .completed, at: .now)
                try $0.setJob(parts[4].id, .running, at: .now)
                _ = try $0.wish(.hold(.job(parts[2].id)), at: .now)
                _ = try $0.wish(.pause(.provider("fake")), at: .now)
            }
            let now = Timestamp.now
            let whole = try view(store, at: now)
            #expect(whole.count == whole.entries.count && whole.count == 3 * 7 + 10)
            for most in [1, 2, 8, 15, 31, 100] {
                let front = try view(store, most: most, at: now)
                #expect(front.count == whole.count)
                #expect(front.entries.map(\.job.id) == whole.entries.prefix(most).map(\.job.id), "the first \(most)")
                for (one, other) in zip(front.entries, whole.entries) {
                    // How many go before it is counted among those that are listed.
                    func kinds(_ entry: QueueView.Entry) -> [Waiting.Reason] {
                        (entry.waiting?.reasons ?? []).filter { if case .turn = $0 { false } else { true } }
                    }
                    #expect(kinds(one) == kinds(other), "\(one.job.module ?? "")")
                }
            }
        }
    }

    @Test func `what needs all of a job waits for rows that are not listed, and not for those that are over`()
        async throws
    {
        try await Workshop.with { workshop, store in
            let parts = try enqueueBatch(workshop, in: store)
            let needy = try #require(parts.first { $0.module == "second" })
            // At the very front, so that nothing of what it needs is listed.
            try store.writeAndWait { _ = try $0.wish(.prioritise(.job(needy.id), 20), at: .now) }
            var first = try view(store, most: 1, at: .now).entries
            #expect(first.map(\.job.id) == [needy.id])
            #expect(first[0].waiting?.reasons.map(\.words).last == "all of first to end")
            try store.writeAndWait { writer in
                for part in parts where part.kind == "command" && part.id != needy.id {
                    try writer.setJob(part.id, .completed, at: .now)
                }
            }
            first = try view(store, most: 1, at: .now).entries
            #expect(first.map(\.job.id) == [needy.id])
            #expect(first[0].waiting?.sentence.contains("first") == false)
        }
    }

    @Test func `an empty queue has no front`() async throws {
        try await Workshop.with { _, store in
            let front = try view(store, most: 5, at: .now)
            #expect(front.entries.isEmpty && front.count == 0)
        }
    }
}
