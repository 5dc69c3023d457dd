import GRDB
import Model
import TestSupport
import Testing

@testable import Store

/// What the store says when an attempt is about to begin, and what people want of the queue.
@Suite struct `Claims and wishes` {
    let fixture: StoreFixture
    private let provider = Pool.provider("claude")

    init() throws { fixture = try StoreFixture() }

    private func write<Result: Sendable>(_ body: @escaping @Sendable (StoreWriter) throws -> Result) throws -> Result {
        try fixture.store.writeAndWait(.full, as: fixture.fence, body)
    }

    private func refusal(
        _ job: Identifier, _ pools: [Pool], limits: [Pool: PoolLimit] = [:], isInteractive: Bool = false
    ) throws -> ClaimRefusal? {
        try write { try $0.refusal(toBegin: job, pools: pools, limits: limits, isInteractive: isInteractive) }
    }

    /// One more job of a question's run, without a session.
    private func addJob(to question: StoreFixture.Question, kind: String = "ask", _ state: JobState = .queued) throws
        -> Identifier
    {
        let draft = JobDraft(run: question.run, position: 1, kind: kind, state: state, createdAt: StoreFixture.time)
        try write { try $0.insert(draft) }
        return draft.id
    }

    private func end(_ question: StoreFixture.Question) throws {
        try write {
            _ = try $0.endSession(
                question.session, Outcome(state: .completed), exit: nil, at: StoreFixture.time)
        }
    }

    private func job(_ id: Identifier) throws -> JobRow { try #require(try fixture.store.read { try $0.job(id) }) }

    @Test func `a job of which an attempt lives, or that is over, is taken`() throws {
        let question = try fixture.ask()
        #expect(try refusal(question.job, []) == .taken)
        try end(question)
        #expect(try refusal(question.job, [.global, provider]) == nil)
        try write { _ = try $0.setJob(question.job, .completed, at: StoreFixture.time) }
        #expect(try refusal(question.job, []) == .taken)
        let nobody = Identifier.random()
        #expect(throws: StoreError.missing(kind: "job", id: nobody)) { try refusal(nobody, []) }
    }

    @Test func `a job that somebody wants to end does not begin, nor one of a run that is to end`() throws {
        let question = try fixture.ask()
        let (job, other) = (try addJob(to: question), try addJob(to: question))
        try write { _ = try $0.requestCancel([.job(job)], at: StoreFixture.time) }
        #expect(try refusal(job, []) == .unwanted)
        #expect(try refusal(other, []) == nil)
        try write { _ = try $0.requestCancel([.run(question.run)], at: StoreFixture.time) }
        #expect(try refusal(other, []) == .unwanted)
    }

    @Test func `a job that is held does not begin, and one whose pool is paused neither`() throws {
        let job = try addJob(to: try fixture.ask())
        try write { _ = try $0.wish(.hold(.job(job)), at: StoreFixture.time) }
        #expect(try refusal(job, [.global]) == .held)
        try write {
            _ = try $0.wish(.release(.job(job)), at: StoreFixture.time)
            _ = try $0.wish(.pause(Pool.provider("claude")), at: StoreFixture.time)
        }
        #expect(try refusal(job, [.global, provider]) == .paused(provider))
        #expect(try refusal(job, [.global]) == nil)
        // A limit that a coordinator writes does not end the pause.
        try write { try $0.setPool(Pool.provider("claude"), PoolLimit(max: 3)) }
        #expect(try refusal(job, [provider]) == .paused(provider))
        try write { _ = try $0.wish(.unpause(Pool.provider("claude")), at: StoreFixture.time) }
        #expect(try refusal(job, [provider]) == nil)
    }

    @Test func `the slots of all coordinators count, and come free when their sessions end`() throws {
        let question = try fixture.ask()
        let job = try addJob(to: question)
        let pools = [Pool.global, provider, .key("k")]
        try write {
            try $0.setPool(.global, PoolLimit(max: 1))
            try $0.takeSlots(of: question.session, in: pools, isInteractive: true)
        }
        let use = PoolUse(interactive: 1)
        // Each coordinator has its own limits; what another one wrote is for people to read.
        #expect(try refusal(job, [.global], limits: [.global: PoolLimit(max: 1)]) == .full(.global, use))
        #expect(try refusal(job, [.global], limits: [.global: PoolLimit(max: 2)]) == nil)
        // Nobody has limited the provider; of a key there is one, whatever else is known of it.
        #expect(try refusal(job, [provider]) == nil)
        #expect(try refusal(job, [.key("k")]) == .full(.key("k"), use))
        try write {
            _ = try $0.wish(.pause(.key("k")), at: StoreFixture.time)
            _ = try $0.wish(.unpause(.key("k")), at: StoreFixture.time)
        }
        #expect(try refusal(job, [.key("k")]) == .full(.key("k"), use))
        let owner = fixture.fence.coordinator
        #expect(try fixture.store.read { try $0.poolUses() } == [.global: use, provider: use, .key("k"): use])
        #expect(try fixture.store.read { try $0.poolUses(besides: owner) }.isEmpty)
        let global = try #require(try fixture.store.read { try $0.pools() }.first { $0.pool == .global })
        #expect(global.limit == PoolLimit(max: 1) && global.use == use)
        try end(question)
        #expect(try fixture.store.read { try $0.poolUses() }.isEmpty)
        #expect(try fixture.store.read { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM slots") } == 0)
        #expect(try refusal(job, pools) == nil)
    }

    @Test func `a pool that people named has its last limit, for those who say none`() throws {
        let question = try fixture.ask()
        let job = try addJob(to: question)
        try write {
            try $0.setPool(.named("desk"), PoolLimit(max: 1))
            try $0.takeSlots(of: question.session, in: [.named("desk")], isInteractive: false)
        }
        #expect(try refusal(job, [.named("desk")]) == .full(.named("desk"), PoolUse(batch: 1)))
        #expect(try refusal(job, [.named("desk")], limits: [.named("desk"): PoolLimit(max: 2)]) == nil)
    }

    @Test func `what is kept for people is not given to batches`() throws {
        let question = try fixture.ask()
        let job = try addJob(to: question)
        try write {
            try $0.takeSlots(of: question.session, in: [.global], isInteractive: false)
        }
        let limits = [Pool.global: PoolLimit(max: 2, reserve: 1)]
        #expect(try refusal(job, [.global], limits: limits) == .full(.global, PoolUse(batch: 1)))
        #expect(try refusal(job, [.global], limits: limits, isInteractive: true) == nil)
    }

    @Test func `a wish stands in the rows, and is heard by whoever has read them already`() throws {
        let question = try fixture.ask()
        let (waiting, merge) = (try addJob(to: question, .waiting), try addJob(to: question, kind: "merge", .waiting))
        let before = try fixture.store.read { try $0.newestWish() }
        let run = Wish.Target.run(question.run)
        #expect(try write { try $0.wish(.hold(run), at: StoreFixture.time) } == 3)
        #expect(try write { try $0.wish(.hold(run), at: StoreFixture.time) } == 0)
        #expect(try job(question.job).state == .running)
        #expect(try job(question.job).heldAt == StoreFixture.time)
        #expect(try job(waiting).state == .held && job(merge).state == .held)
        #expect(try write { try $0.wish(.release(run), at: StoreFixture.time) } == 3)
        #expect(try job(question.job).state == .running && job(waiting).state == .queued)
        // One that merges still waits for the answers.
        #expect(try job(merge).state == .waiting)
        #expect(try job(merge).heldAt == nil)
        #expect(try write { try $0.wish(.prioritise(.job(waiting), 99), at: StoreFixture.time) } == 1)
        #expect(try job(waiting).priority == 20)
        #expect(try write { try $0.wish(.moveToFront(run), at: StoreFixture.time) } == 3)
        let heard = try fixture.store.read { try $0.wishes(after: before) }
        #expect(
            heard.map(\.wish) == [
                .hold(run), .hold(run), .release(run), .prioritise(.job(waiting), 20), .moveToFront(run),
            ])
        let newest = try #require(heard.last?.number)
        #expect(try fixture.store.read { try $0.wishes(after: newest) }.isEmpty)
        #expect(try fixture.store.read { try $0.newestWish() } == newest)
    }

    @Test func `old wishes are forgotten, and their numbers never come again`() throws {
        let job = Wish.Target.job(try addJob(to: try fixture.ask()))
        try write { _ = try $0.wish(.hold(job), at: StoreFixture.time) }
        let first = try fixture.store.read { try $0.newestWish() }
        let later = Timestamp(milliseconds: StoreFixture.time.milliseconds + 2 * 86_400_000)
        try write { _ = try $0.wish(.release(job), at: later) }
        let left = try fixture.store.read { try $0.wishes(after: 0) }
        #expect(left.map(\.number) == [first + 1])
    }

    @Test func `what goes before the others of its run does so until it is over`() throws {
        let question = try fixture.ask()
        let (first, second) = (try addJob(to: question), try addJob(to: question))
        func look(days: Int64) throws -> [Wish] {
            let time = Timestamp(milliseconds: StoreFixture.time.milliseconds + days * 86_400_000)
            _ = try write { try $0.wish(.pause(.global), at: time) }
            return try fixture.store.read { try $0.wishes(after: 0) }.map(\.wish)
        }
        try write {
            for job in [first, second] { _ = try $0.wish(.moveToFront(.job(job)), at: StoreFixture.time) }
            _ = try $0.wish(.moveToFront(.run(question.run)), at: StoreFixture.time)
        }
        let (one, two, all) = (
            Wish.moveToFront(.job(first)), Wish.moveToFront(.job(second)), Wish.moveToFront(.run(question.run))
        )
        #expect(try look(days: 2) == [one, two, all, .pause(.global)])
        _ = try write { try $0.setJob(first, .completed, at: StoreFixture.time) }
        #expect(try look(days: 4) == [two, all, .pause(.global)])
        try write {
            try $0.setJob(second, .completed, at: StoreFixture.time)
            try $0.setRun(question.run, .completed, exit: 0, at: StoreFixture.time)
        }
        #expect(try look(days: 6) == [.pause(.global)])
    }

    @Test func `a reset opens what was blocked, though nobody lives who blocked it, and nothing else`() throws {
        try write {
            try $0.setPool(.module("api"), standing: "blocked", until: nil)
            try $0.setPool(Pool.provider("claude"), standing: "lowered 3", until: nil)
            for pool in [Pool.module("api"), .provider("claude")] {
                _ = try $0.wish(.reset(pool), at: StoreFixture.time)
            }
        }
        let pools = try fixture.store.read { try $0.pools() }
        #expect(pools.map(\.standing) == [nil, "lowered 3"])
        try write { try $0.forgetStandings() }
        #expect(try fixture.store.read { try $0.pools() }.allSatisfy { $0.standing == nil })
    }

    @Test func `a job that is asked again is not held any more, and has its tries`() throws {
        let question = try fixture.ask()
        try end(question)
        try write {
            _ = try $0.wish(.hold(.job(question.job)), at: StoreFixture.time)
            _ = try $0.setJob(question.job, .running, at: StoreFixture.time)
            _ = try $0.setJob(question.job, .cancelled, at: StoreFixture.time)
        }
        #expect(try job(question.job).tries == 1 && job(question.job).startedAt == StoreFixture.time)
        try write { try $0.reopenJob(question.job, .queued, attempts: 1, at: StoreFixture.time) }
        let again = try job(question.job)
        #expect(again.heldAt == nil && again.tries == 0 && again.attempts == 1)
        // It takes the time from when it begins again.
        #expect(again.startedAt == nil)
        // Its attempts so far are told apart from those that follow.
        #expect(again.spec.contains(#""begun":1"#))
        #expect(try refusal(question.job, [.global]) == nil)
    }

    @Test func `what the provider postponed is an attempt and no try`() throws {
        let question = try fixture.ask()
        #expect(try job(question.job).tries == 1)
        try write { try $0.uncountTry(of: question.job) }
        #expect(try job(question.job).tries == 0 && job(question.job).attempts == 1)
        try write { try $0.uncountAttempt(of: question.job) }
        #expect(try job(question.job).tries == 0 && job(question.job).attempts == 0)
    }

    @Test func `a store of version 1 becomes one of today with all that it holds`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let (path, state) = (folder.file("t.db"), folder.file("state"))
            let old = Schema(migrations: Array(Schema.current.migrations.prefix(1)))
            #expect(old.version == 1)
            try Store.open(Opening(path: path, access: .readWrite, stateHome: state, schema: old)).close()
            let (run, job, session) = (Identifier.random(), Identifier.random(), Identifier.random())
            let queue = try DatabaseQueue(path: path)
            try queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO runs (id, kind, state, first_event, created_at, spec) VALUES (?, 'ask', 'running', 0, 1, '{}')
                        """, arguments: [run.text])
                try db.execute(
                    sql: """
                        INSERT INTO jobs (id, run, position, kind, state, priority, attempts, max_attempts, created_at,
                            dependencies, spec) VALUES (?, 1, 0, 'ask', 'running', 0, 2, 3, 1, '[]', '{}')
                        """, arguments: [job.text])
                try db.execute(
                    sql: """
                        INSERT INTO sessions (id, job, run, attempt, provider, state, owner, epoch, first_event,
                            dialect_version, created_at, folder, working_directory, definition)
                        VALUES (?, 1, 1, 2, 'claude', 'running', ?, 1, 0, 1, 1, '/', '/', '{}')
                        """, arguments: [session.text, Identifier.random().text])
                try db.execute(
                    sql: "INSERT INTO session_progress (session, offset, event_id) VALUES (1, 0, 0)")
            }
            try queue.close()
            let store = try Store.open(path, access: .readWrite, stateHome: state)
            defer { store.close() }
            let row = try #require(try store.read { try $0.job(job) })
            // Its attempts have counted against its retries until now.
            #expect(row.attempts == 2 && row.tries == 2 && row.heldAt == nil)
            #expect(try store.read { try $0.pools() }.allSatisfy { $0.limit == PoolLimit(max: nil) })
            #expect(
                try store.writeAndWait {
                    try $0.refusal(toBegin: job, pools: [.global], limits: [:], isInteractive: false)
                }
                    == .taken)
            // Its session lives, so it has slots.
            let one = PoolUse(batch: 1)
            #expect(try store.read { try $0.poolUses() } == [.global: one, .provider("claude"): one])
            try store.writeAndWait {
                _ = try $0.endSession(session, Outcome(state: .completed), exit: nil, at: StoreFixture.time)
            }
            #expect(try store.read { try $0.poolUses() }.isEmpty)
            #expect(
                try store.writeAndWait {
                    try $0.refusal(toBegin: job, pools: [.global], limits: [:], isInteractive: false)
                } == nil)
            let kept = DatabaseReaderVersion(path: path + ".backup-v1")
            #expect(try kept.version() == 1)
        }
    }
}

/// The version of a store's copy, read without this program's rules.
private struct DatabaseReaderVersion {
    let path: String

    func version() throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    }
}
