import Coordinator
import Model
import Scheduler
import Store
import TestSupport
import Testing

/// What runs and days may use, with real sessions, each of which costs 0.00416 dollars, 1,250 tokens and one session.
@Suite(.serialized) struct BudgetTests {
    @Test(arguments: ["budget.sessions": "2", "budget.tokens": "2k", "budget.usd": "0.008"].sorted { $0.key < $1.key })
    func `a run stops at whatever it has used up`(_ key: String, _ limit: String) async throws {
        try await Workshop.with(4) { workshop, store in
            let detail = try workshop.ask(
                try workshop.request("x", flags: ["jobs": "1", key: limit, "budget.on_reach": "stop_new"]), in: store)
            #expect(detail.run.exit == ExitCode.budget.rawValue)
            #expect(detail.jobs.map(\.state) == [.completed, .completed, .skipped, .skipped])
        }
    }

    @Test func `when a day is paid for, jobs of all runs wait, and say so`() async throws {
        try await Workshop.with(3) { workshop, store in
            let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
            defer { coordinator.close() }
            // A run of before has cost something today.
            let before = try workshop.ask(try workshop.request("x", flags: ["jobs": "1"]), in: store)
            #expect(before.run.state == .completed)
            let request = try workshop.request("x", flags: ["jobs": "1", "budget.day": "0.015"])
            let run = try coordinator.submit(PreparedRun(request, at: .now)).run
            try Workshop.wait(store) { try workshop.detail(run, in: store).jobs.first?.state == .completed }
            let why = try store.read { try QueueView($0, now: .now) }.entries.first?.waiting?.sentence
            #expect(why?.contains("money in the budget of today") == true, "\(why ?? "nothing")")
            #expect(try workshop.detail(run, in: store).sessions.count == 1)
            try coordinator.cancel(run)
            #expect(try coordinator.wait(for: run, seconds: 30))
        }
    }

    @Test func `a module has its own day, and the others go on`() async throws {
        try await Workshop.with(2) { workshop, store in
            var request = try workshop.request("x", flags: ["jobs": "1"])
            #expect(try workshop.ask(request, in: store).run.state == .completed)
            let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
            defer { coordinator.close() }
            _ = try workshop.folder.write(
                """
                version: 1
                provider: fake
                pools: { fake: { max: 1, day: 9 } }
                providers:
                  fake: { extends: claude, command: ["\(Products.fakeProvider)", --format, claude] }
                modules:
                  a: { path: a, day: 0.004 }
                  b: { path: b }
                """, to: "project/tutti.yaml")
            request = try workshop.request("x")
            let run = try coordinator.submit(PreparedRun(request, at: .now)).run
            try Workshop.wait(store) { try workshop.detail(run, in: store).jobs[1].state == .completed }
            #expect(try workshop.detail(run, in: store).jobs[0].state == .queued)
            let pool = try store.read { try $0.pools() }.first { $0.pool == .provider("fake") }
            #expect(pool?.limit == PoolLimit(max: 1))
            try coordinator.cancel(run)
            #expect(try coordinator.wait(for: run, seconds: 30))
        }
    }
}
