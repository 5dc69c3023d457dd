import Coordinator
import Model
import Scheduler
import Settings
import Store
import StreamJSON
import TestSupport
import Testing

/// The queue with real processes: limits, refusals, holds, priorities, parking, and what survives a coordinator.
@Suite(.serialized) struct QueueTests {
    private func finish(_ coordinator: Coordinator) throws {
        guard try coordinator.wait(seconds: Double(TestTime.stretched(.seconds(20)).components.seconds)) else {
            coordinator.kill()
            throw Workshop.Timeout()
        }
    }

    private func enqueue(
        _ question: String, _ workshop: Workshop, in store: Store, flags: [String: String] = [:],
        _ change: (inout AskRequest) -> Void = { _ in }
    ) throws -> Identifier {
        var request = try workshop.request(question, flags: flags)
        change(&request)
        return try Coordinator.enqueue(PreparedRun(request, at: .now), in: store).run
    }

    private func events(_ store: Store, _ type: EventType) throws -> [StoredEvent] {
        var filter = EventFilter()
        filter.types = [type]
        return try store.read { try $0.events(after: 0, limit: 100_000, filter: filter) }.events
    }

    /// From here on, the most slots of `global` that were ever taken at one time are kept.
    private func watchSlots(_ store: Store) throws {
        try alter(store, "create table peaks (taken integer)")
        try alter(
            store,
            """
            create trigger watch_slots after insert on slots when new.pool = 'global' begin
                insert into peaks select count(*) from slots where pool = 'global';
            end
            """)
    }

    private func peak(_ store: Store) throws -> Int {
        let program =
            "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('select max(taken) from peaks').fetchone()[0])"
        let told = try run(["/usr/bin/env", "python3", "-c", program, store.path])
        return try #require(Int(told.output.split(separator: "\n").first ?? ""), "\(told.errors)")
    }

    // MARK: Limits

    @Test func `as many begin at once as the settings allow, and not only the first eight`() async throws {
        try await Workshop.with(12) { workshop, store in
            try watchSlots(store)
            _ = try enqueue("x [[fake: --lines 5 --rate 5]]", workshop, in: store, flags: ["jobs": "12"])
            try Coordinator.recover(store, surroundings: workshop.surroundings())
            #expect(try peak(store) == 12)
        }
    }

    @Test func `two coordinators at once never pass a limit of their store, and both come to their end`() async throws {
        try await Workshop.with(6) { workshop, store in
            try watchSlots(store)
            let other = try workshop.store()
            defer { other.close() }
            let coordinators = try [store, other].map {
                try Coordinator(store: $0, surroundings: workshop.surroundings(jobs: 2))
            }
            defer { for coordinator in coordinators { coordinator.close() } }
            let request = try workshop.request("[[fake: --lines 2 --linger 20]] x")
            let runs = try coordinators.map { try $0.submit(PreparedRun(request, at: .now)).run }
            for coordinator in coordinators { try finish(coordinator) }
            #expect(try peak(store) == 2)
            for run in runs {
                let detail = try workshop.detail(run, in: store)
                #expect(detail.run.state == .completed)
                #expect(detail.sessions.map(\.attempt) == Array(repeating: 1, count: 6))
            }
            #expect(try store.read { try $0.poolUses() }.isEmpty)
        }
    }

    @Test func `a claim that the store refused is made again when there is room, and is the first attempt`()
        async throws
    {
        try await Workshop.with { workshop, store in
            // A slot of which no coordinator hears: only the transaction that begins the attempt finds it taken.
            try alter(store, "insert into slots (pool, session, interactive) values ('global', 999999, 0)")
            let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings(jobs: 1))
            defer { coordinator.close() }
            let run = try coordinator.submit(PreparedRun(try workshop.request("x"), at: .now)).run
            // It is tried again with each look at the others, and nothing is written of that; the second heartbeat comes after some.
            func beat() throws -> Int64? { try store.read { try $0.coordinators() }.first?.heartbeat.milliseconds }
            let first = try beat() ?? 0
            try Workshop.wait(store) { try beat() ?? 0 > first + 1000 }
            let before = try workshop.detail(run, in: store)
            #expect(before.sessions.isEmpty)
            #expect(before.jobs.map(\.state) == [.queued] && before.jobs.map(\.attempts) == [0])
            try alter(store, "delete from slots")
            try finish(coordinator)
            let detail = try workshop.detail(run, in: store)
            #expect(detail.run.state == .completed)
            #expect(detail.jobs.map(\.attempts) == [1] && detail.jobs.map(\.tries) == [1])
            #expect(detail.sessions.map(\.attempt) == [1])
            #expect(try events(store, .sessionQueued).count == 1)
        }
    }

    @Test func `a run has no more sessions at a time than it was allowed`() async throws {
        try await Workshop.with(6) { workshop, store in
            try watchSlots(store)
            let detail = try workshop.ask(
                try workshop.request("[[fake: --lines 2 --linger 20]] x", flags: ["jobs": "2"]), in: store)
            #expect(detail.run.state == .completed && detail.sessions.count == 6)
            #expect(try peak(store) == 2)
        }
    }

    // MARK: Order

    @Test func `with one slot the higher priority goes first, whoever came before`() async throws {
        try await Workshop.with { workshop, store in
            let runs = try [0, -5, 5].map { priority in
                try enqueue("x", workshop, in: store) { $0.priority = priority }
            }
            try Coordinator.recover(store, surroundings: workshop.surroundings(jobs: 1))
            let started = try events(store, .sessionQueued).compactMap(\.run)
            #expect(started == [runs[2], runs[0], runs[1]])
        }
    }

    @Test func `two runs share the slots instead of waiting for each other's end`() async throws {
        try await Workshop.with(4) { workshop, store in
            let runs = try (0..<2).map { _ in try enqueue("[[fake: --linger 20]] x", workshop, in: store) }
            try Coordinator.recover(store, surroundings: workshop.surroundings(jobs: 1))
            let started = try events(store, .sessionQueued).compactMap(\.run)
            #expect(started.count == 8)
            #expect(Set(started.prefix(2)) == Set(runs))
        }
    }

    @Test func `what was moved to the front goes first, also when nobody worked on it at that time`() async throws {
        try await Workshop.with(3) { workshop, store in
            let run = try enqueue("x", workshop, in: store)
            let jobs = try workshop.detail(run, in: store).jobs.map(\.id)
            try store.writeAndWait { _ = try $0.wish(.moveToFront(.job(jobs[2])), at: .now) }
            try Coordinator.recover(store, surroundings: workshop.surroundings(jobs: 1))
            #expect(try events(store, .sessionQueued).compactMap(\.job) == [jobs[2], jobs[0], jobs[1]])
        }
    }

    // MARK: Waiting

    @Test func `a job that is held while it runs is held before its next attempt, and keeps why it comes`() async throws
    {
        try await Workshop.with { workshop, store in
            let counter = workshop.folder.file("counter")
            let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
            defer { coordinator.close() }
            let request = try workshop.request(
                "[[fake: --counter \(counter)]] [[fake #1: --lines 1 --linger 300 --exit 7 --no-result]] x",
                flags: ["retry.attempts": "2", "retry.delay": "1s", "retry.jitter": "0"])
            let run = try coordinator.submit(PreparedRun(request, at: .now)).run
            try Workshop.wait(store) { try workshop.detail(run, in: store).sessions.first?.host != nil }
            let target = Wish.Target.run(run)
            #expect(try store.writeAndWait { try $0.wish(.hold(target), at: .now) } == 1)
            try Workshop.wait(store) {
                let job = try workshop.detail(run, in: store).jobs[0]
                return job.state == .held && job.failureClass != nil
            }
            let held = try workshop.detail(run, in: store)
            #expect(held.sessions.count == 1)
            #expect(held.jobs[0].failureClass == .crash && held.jobs[0].notBefore != nil)
            let why = try store.read { try QueueView($0, now: .now) }.entries.first?.waiting?.sentence
            #expect(
                why?.hasPrefix("It waits for a person to release it, and attempt 2, after crash") == true,
                "\(why ?? "")")
            try store.writeAndWait { _ = try $0.wish(.release(target), at: .now) }
            try finish(coordinator)
            let detail = try workshop.detail(run, in: store)
            #expect(detail.run.state == .completed)
            #expect(detail.sessions.map(\.attempt).sorted() == [1, 2])
        }
    }

    @Test func `a quota with a time parks the job, and costs it no try`() async throws {
        try await Workshop.with { workshop, store in
            let counter = workshop.folder.file("counter")
            let lines = [
                #"{"type":"system","subtype":"init","session_id":"s","model":"m","tools":["Bash"]}"#,
                #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1795237575,"rateLimitType":"five_hour"}}"#,
                #"{"type":"assistant","message":{"id":"e","content":[{"type":"text","text":"limit"}]},"is_api_error_message":true,"error":"rate_limit","timestamp":"2026-11-21T05:06:14.000Z"}"#,
                #"{"type":"result","subtype":"success","num_turns":1,"result_index":0,"is_error":true,"terminal_reason":"api_error","api_error_status":429,"result":"limit"}"#,
            ]
            let payload = try workshop.folder.write(lines.map { $0 + "\n" }.joined(), to: "quota.jsonl")
            let question = "[[fake: --counter \(counter)]] [[fake #1: --payload \(payload) --exit 1]] x"
            let run = try enqueue(question, workshop, in: store, flags: ["retry.attempts": "1"])
            try Coordinator.recover(store, surroundings: workshop.surroundings())
            let detail = try workshop.detail(run, in: store)
            #expect(detail.run.state == .completed)
            #expect(detail.jobs.map(\.attempts) == [2] && detail.jobs.map(\.tries) == [1])
            let parked = try events(store, .jobParked)
            #expect(parked.count == 1)
            #expect(parked.first?.data.contains(#""reason":"quota""#) == true)
            #expect(detail.sessions.first { $0.attempt == 1 }?.failureClass == .quota)
            #expect(try store.read { try $0.pools() }.allSatisfy { $0.use == .zero })
        }
    }

    @Test func `an answer that does not fit is sent back once, also by the next coordinator`() async throws {
        try await Workshop.with { workshop, store in
            let counter = workshop.folder.file("counter")
            let dying = try Coordinator(store: store, surroundings: workshop.surroundings())
            var request = try workshop.request(
                "[[fake: --counter \(counter) --answer nothing]] [[fake #2: --first-delay 500]] x",
                flags: ["retry.attempts": "3"])
            request.schema = #"{"type":"object","required":["n"]}"#
            let run = try dying.submit(PreparedRun(request, at: .now)).run
            try Workshop.wait(store) {
                try workshop.detail(run, in: store).sessions.contains { $0.attempt == 2 && $0.host != nil }
            }
            dying.close()
            try Coordinator.recover(store, surroundings: workshop.surroundings())
            let detail = try workshop.detail(run, in: store)
            #expect(detail.jobs.map(\.failureClass) == [.structuredOutput])
            #expect(detail.sessions.count == 2)
        }
    }

    @Test func `a merge that is held waits for its release, and then merges what there is`() async throws {
        try await Workshop.with { workshop, store in
            let run = try enqueue("[[fake: --answer Forty-two]] x", workshop, in: store) {
                $0.merge = .prompt("Sum up, please.")
            }
            let merge = try #require(try workshop.detail(run, in: store).jobs.first { $0.kind == "merge" }?.id)
            try store.writeAndWait { _ = try $0.wish(.hold(.job(merge)), at: .now) }
            let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
            defer { coordinator.close() }
            coordinator.adopt()
            try Workshop.wait(store) { try workshop.detail(run, in: store).jobs[0].state == .completed }
            let held = try workshop.detail(run, in: store)
            #expect(held.jobs.map(\.state) == [.completed, .held])
            #expect(held.sessions.count == 1)
            try store.writeAndWait { _ = try $0.wish(.release(.job(merge)), at: .now) }
            try finish(coordinator)
            let detail = try workshop.detail(run, in: store)
            #expect(detail.run.state == .completed)
            #expect(detail.jobs.map(\.state) == [.completed, .completed])
            let outcome = try JSONValue(parsing: try #require(detail.run.outcome))
            #expect(outcome["merged"]?.string?.isEmpty == false)
        }
    }

    @Test func `what earlier coordinators said of pools ends with them`() async throws {
        try await Workshop.with { workshop, store in
            try store.writeAndWait {
                try $0.setPool(.module("a"), standing: "blocked", until: nil)
                try $0.setPool(.provider("fake"), standing: "lowered 1", until: nil)
            }
            let run = try enqueue("x", workshop, in: store)
            let before = try store.read { try QueueView($0, now: .now) }.entries.first?.waiting
            #expect(before?.sentence.contains("a person to reset module:a") == true)
            try Coordinator.recover(store, surroundings: workshop.surroundings())
            #expect(try workshop.detail(run, in: store).run.state == .completed)
            #expect(try store.read { try $0.pools() }.allSatisfy { $0.standing == nil })
        }
    }
}
