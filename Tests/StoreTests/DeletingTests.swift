import Foundation
import GRDB
import Glibc
import Model
import TestSupport
import Testing

@testable import Store

/// Runs that are over are deleted in portions, and nothing else is touched.
@Suite struct DeletingTests {
    let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// The rows that belong to nothing.
    static func orphans(_ store: Store) throws -> [String] {
        let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        let query = try String(contentsOfFile: path + "/orphans.sql", encoding: .utf8)
        return try store.read { reader in
            try Row.fetchAll(reader.db, sql: query).map { "\($0["what"] as String) \($0["row"] as Int64)" }
        }
    }

    /// A question with an answer of some pieces, and all that hangs on it.
    private func answered(_ module: String = "payments", pieces: Int = 3, isOver: Bool = true) throws
        -> StoreFixture.Question
    {
        let question = try fixture.ask("why \(module)?", module: module)
        let usage = UsageReport(increments: [ModelUsage(model: "opus", usage: Usage(input: 10, output: 5))])
        for number in 1...pieces {
            let block = BlockKey(message: "m\(number)", index: 0)
            try fixture.store.writeAndWait { writer in
                try writer.apply(
                    question.slice(
                        to: Int64(number * 10),
                        [
                            .textDelta(block, "piece"), .textBlock(block, "piece \(number) of \(module)"),
                            .toolStarted(id: "t\(number)", name: "Grep", input: "{}"),
                            .toolCompleted(id: "t\(number)", isError: false, output: "found"), .usage(usage),
                        ]))
            }
        }
        guard isOver else { return question }
        try fixture.store.writeAndWait { writer in
            let time = StoreFixture.time
            try writer.endSession(question.session, Outcome(state: .completed), exit: nil, at: time)
            try writer.completeMessage(question.message, .completed, failure: nil, at: time)
            try writer.setJob(question.job, .completed, at: time)
            try writer.setRun(question.run, .completed, exit: 0, at: time)
            try writer.keep(answer: "kept", result: nil, of: question.job, under: "key \(module)", at: time)
            try writer.append(Event(time: time, type: .runFinished, run: question.run, data: ["exit": 0]))
        }
        return question
    }

    private func later() -> DeletionScope {
        var scope = DeletionScope()
        scope.endedBefore = Timestamp(milliseconds: StoreFixture.time.milliseconds + 1)
        return scope
    }

    /// Deletes `runs` as a cleaning does, without its pauses.
    private func delete(_ runs: [Identifier]) throws -> [Identifier] {
        let store = fixture.store
        let begun = try store.writeAndWait { try $0.beginDeleting(runs, at: StoreFixture.time) }
        let (events, _) = try store.read { try $0.eventsToDelete(of: begun, after: 0, window: 100_000) }
        _ = try store.writeAndWait { try $0.delete(events: events) }
        let kept = try store.read { try $0.keptAnswers(before: nil, of: begun) }
        _ = try store.writeAndWait { try $0.delete(keptAnswers: kept) }
        for run in begun {
            var left = 1
            while left > 0 { left = try store.writeAndWait { try $0.deleteBlocks(of: run) } }
            left = 1
            while left > 0 {
                left = try store.writeAndWait { try $0.deleteJobs(of: run, limit: 20, at: StoreFixture.time) }.jobs
            }
            #expect(try store.writeAndWait { try $0.deleteRun(run) })
        }
        return begun
    }

    private func count(_ table: String) throws -> Int {
        try fixture.store.read { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    @Test func `what is over goes with all that belongs to it, and what goes on is as before`() throws {
        let old = try answered("payments")
        let live = try answered("web", isOver: false)
        let found = try fixture.store.read { try $0.deletableRuns(later()) }
        #expect(found.map(\.id) == [old.run])
        #expect(found.first.map { [$0.jobs, $0.messages, $0.sessions.count] } == [1, 2, 1])
        let before = try fixture.store.read { try $0.sessionDetail(live.session) }
        let all = try count("events")
        #expect(try delete([old.run]) == [old.run])
        #expect(try fixture.store.read { try $0.run(old.run) } == nil)
        #expect(try fixture.store.read { try $0.sessionDetail(live.session) } == before)
        #expect(try DeletingTests.orphans(fixture.store) == [])
        for table in ["runs", "jobs", "sessions", "threads", "session_progress"] { #expect(try count(table) == 1) }
        #expect(try count("kept_answers") == 0)
        #expect(try count("message_rows") == 2)
        // What is missing in the log is known.
        let deleted = try fixture.store.read {
            try Int.fetchOne($0.db, sql: "SELECT CAST(value AS INTEGER) FROM store WHERE key = 'deleted_events'")
        }
        #expect(deleted == all - (try count("events")))
        #expect(try fixture.store.read { try $0.search(SearchQuery("payments")) }.isEmpty)
        #expect(try fixture.store.read { try $0.search(SearchQuery("web")) }.isEmpty == false)
        try fixture.store.writeAndWait {
            try $0.db.execute(sql: "INSERT INTO blocks_search (blocks_search, rank) VALUES ('integrity-check', 1)")
        }
        // The live one is written on.
        let block = BlockKey(message: "m9", index: 0)
        try fixture.store.writeAndWait { try $0.apply(live.slice(to: 99, [.textBlock(block, "more")])) }
        #expect(try DeletingTests.orphans(fixture.store) == [])
    }

    @Test func `what is not over, failed where that stays, or was not named is no part of it`() throws {
        let live = try answered("web", isOver: false)
        let failed = try answered("api")
        try fixture.store.writeAndWait {
            try $0.db.execute(sql: "UPDATE runs SET state = 'failed' WHERE finished_at > 0")
        }
        let old = try answered("docs")
        func ids(_ scope: DeletionScope) throws -> Set<Identifier> {
            Set(try fixture.store.read { try $0.deletableRuns(scope).map(\.id) })
        }
        #expect(try ids(DeletionScope()) == [failed.run, old.run])
        var scope = later()
        scope.keepsFailed = true
        #expect(try ids(scope) == [old.run])
        scope = DeletionScope()
        scope.runs = [failed.run, live.run]
        #expect(try ids(scope) == [failed.run])
        scope = DeletionScope()
        scope.endedBefore = StoreFixture.time
        #expect(try ids(scope) == [])
        #expect(try fixture.store.writeAndWait { try $0.beginDeleting([live.run], at: StoreFixture.time) } == [])
    }

    @Test func `a run stays as long as one that is not over takes answers from it`() throws {
        let (old, other) = (try answered("docs"), try answered("api"))
        let live = try answered("web", isOver: false)
        try fixture.store.writeAndWait {
            try $0.setSpec(run: live.run, ["resumed": ["run": .string(old.run.text)]])
        }
        let found = try fixture.store.read { try $0.deletableRuns(later()) }
        #expect(found.map(\.id) == [other.run])
        // Also one that was chosen before the other began.
        let begun = try fixture.store.writeAndWait {
            try $0.beginDeleting([old.run, other.run], at: StoreFixture.time)
        }
        #expect(begun == [other.run])
        #expect(try fixture.store.read { try $0.unfinishedRuns(resuming: old.run) } == [live.run])
        #expect(try fixture.store.read { try $0.isWhole(old.run) && !$0.isWhole(other.run) })
        try fixture.store.writeAndWait { try $0.setRun(live.run, .completed, exit: 0, at: StoreFixture.time) }
        #expect(try fixture.store.writeAndWait { try $0.beginDeleting([old.run], at: StoreFixture.time) } == [old.run])
    }

    @Test func `a run whose deletion was cut short is not opened again, and is finished by the next`() throws {
        let old = try answered()
        let begun = try fixture.store.writeAndWait { try $0.beginDeleting([old.run], at: StoreFixture.time) }
        #expect(begun == [old.run])
        #expect(
            try fixture.store.writeAndWait { try $0.reopenRun(old.run, owner: nil, at: StoreFixture.time) } == false)
        var scope = DeletionScope()
        scope.endedBefore = Timestamp(milliseconds: 0)
        let found = try fixture.store.read { try $0.deletableRuns(scope) }
        #expect(found.map(\.id) == [old.run] && found[0].hasBegun)
        // Two at once do not disturb each other.
        #expect(try delete([old.run]) == [old.run])
        #expect(
            try fixture.store.writeAndWait { try $0.deleteJobs(of: old.run, limit: 9, at: StoreFixture.time) }.jobs == 0
        )
        #expect(try fixture.store.writeAndWait { try $0.deleteRun(old.run) } == false)
    }

    @Test func `a run that got the number of a deleted one is another run`() throws {
        let old = try answered()
        _ = try fixture.store.writeAndWait { try $0.wish(.moveToFront(.run(old.run)), at: StoreFixture.time) }
        let rows = try fixture.store.read { try $0.run(old.run)?.row }
        _ = try delete([old.run])
        let fresh = try answered("web", isOver: false)
        #expect(try fixture.store.read { try $0.run(fresh.run)?.row } == rows)
        #expect(try fixture.store.read { try $0.wishes(after: 0) }.isEmpty)
        #expect(
            try fixture.store.writeAndWait { try $0.deleteJobs(of: old.run, limit: 9, at: StoreFixture.time) }.jobs == 0
        )
        let story = try fixture.store.read { try $0.events(after: 0).events }
        #expect(story.allSatisfy { $0.session == nil || $0.session == fresh.session })
        #expect(try fixture.store.read { try $0.blocks(session: fresh.session) }.count == 6)
    }

    @Test func `a cursor goes on over what is gone, also when all is gone`() throws {
        let first = try answered("api")
        let second = try answered("web")
        let third = try answered("docs")
        let middle = try fixture.store.read { try $0.events(after: 0).events.first { $0.run == second.run } }
        let newest = try fixture.store.read { try $0.newestEvent() }
        _ = try delete([second.run])
        let page = try fixture.store.read { try $0.events(after: try #require(middle).sequence) }
        #expect(page.next == newest && page.events.allSatisfy { $0.run == third.run || $0.run == nil })
        #expect(page.events.isEmpty == false && page.gapUntil == nil)
        _ = try delete([first.run])
        let start = try fixture.store.read { try $0.events(after: 0) }
        #expect(start.gapUntil == start.events.first?.sequence && start.next == newest)
        _ = try delete([third.run])
        let empty = try fixture.store.read { try $0.events(after: 0) }
        #expect(empty.events.isEmpty && empty.next == newest && empty.newest == newest)
        // What comes has larger numbers than all that ever was.
        let fresh = try answered("web", isOver: false)
        let more = try fixture.store.read { try $0.events(after: newest) }
        #expect(more.events.first?.sequence == newest + 1 && more.gapUntil == nil)
        var filter = EventFilter()
        filter.runs = [fresh.run]
        #expect(try fixture.store.read { try $0.events(after: 0, filter: filter) }.events.isEmpty == false)
    }

    @Test func `what deleted runs cost today still counts in the budgets of today, and of no other day`() throws {
        let today = StoreFixture.time.milliseconds / 86_400_000
        let cost = UsageReport(increments: [
            ModelUsage(model: "opus", usage: Usage(output: 5, cost: Money(nanos: 7_000)))
        ])
        var runs: [Identifier] = []
        for module in ["api", "web"] {
            let question = try answered(module, isOver: false)
            try fixture.store.writeAndWait { writer in
                try writer.apply(question.slice(to: 99, [.usage(cost)]))
                try writer.endSession(question.session, Outcome(state: .completed), exit: nil, at: StoreFixture.time)
                try writer.setJob(question.job, .completed, at: StoreFixture.time)
                try writer.setRun(question.run, .completed, exit: 0, at: StoreFixture.time)
            }
            runs.append(question.run)
        }
        let pools: [Pool] = [.global, .provider("claude"), .module("api"), .module("web"), .module("docs")]
        func spent(_ day: Int64) throws -> [Int64] {
            try fixture.store.read { reader in try pools.map { try reader.spent(on: day, in: $0).nanos } }
        }
        let before = try spent(today)
        #expect(before == [14_000, 14_000, 7_000, 7_000, 0])
        _ = try delete([runs[0]])
        #expect(try spent(today) == before)
        _ = try delete([runs[1]])
        #expect(try spent(today) == before)
        #expect(try spent(today + 1) == [0, 0, 0, 0, 0] && spent(today - 1) == [0, 0, 0, 0, 0])
        // A day later nobody needs it any more.
        let other = try answered("docs")
        let tomorrow = Timestamp(milliseconds: StoreFixture.time.milliseconds + 86_400_000)
        _ = try fixture.store.writeAndWait { writer in
            _ = try writer.beginDeleting([other.run], at: tomorrow)
            return try writer.deleteJobs(of: other.run, limit: 9, at: tomorrow)
        }
        #expect(try count("store WHERE key LIKE 'deleted_cost%'") == 0)
    }

    @Test func `a schedule outlives its runs, and knows when it was fired`() throws {
        let old = try answered()
        let draft = ScheduleDraft(
            name: "nightly", file: "/n.batch.yaml", directory: "/", origin: .command, cron: "0 3 * * *",
            overlap: "skip",
            catchUp: "none", createdAt: StoreFixture.time)
        try fixture.store.writeAndWait { writer in
            _ = try writer.put(draft)
            try writer.note(schedule: draft.id, run: old.run, fired: StoreFixture.time)
        }
        _ = try delete([old.run])
        let left = try fixture.store.read { try $0.schedule(named: "nightly") }
        #expect(left.run == nil && left.fired == StoreFixture.time)
        #expect(try DeletingTests.orphans(fixture.store) == [])
    }

    /// Whoever adds such a column says here that deleting knows it, and in `Tests/orphans.sql` how to find what it missed.
    @Test func `every column that refers to what is deleted is known to deleting`() throws {
        let found = try fixture.store.read { reader in
            try String.fetchAll(
                reader.db,
                sql: """
                    SELECT m.name || '.' || f."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
                    WHERE m.type = 'table' AND f."table" IN ('runs', 'jobs', 'sessions', 'threads') ORDER BY 1
                    """)
        }
        #expect(found == ["jobs.run", "message_rows.thread", "schedules.run", "sessions.job", "sessions.run"])
    }

    @Test func `a portion of pieces is small, however large they are`() throws {
        let question = try answered(pieces: 120)
        _ = try fixture.store.writeAndWait { try $0.beginDeleting([question.run], at: StoreFixture.time) }
        var portions: [Int] = []
        while true {
            let count = try fixture.store.writeAndWait { try $0.deleteBlocks(of: question.run) }
            if count == 0 { break }
            portions.append(count)
        }
        #expect(portions.allSatisfy { $0 <= 50 } && portions.count >= 5)
        #expect(try count("blocks") == 0)
    }
}
