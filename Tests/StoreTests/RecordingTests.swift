import GRDB
import Model
import Synchronization
import Testing

@testable import Store

@Suite struct `Recording a stream` {
    let fixture: StoreFixture
    let question: StoreFixture.Question
    let block = BlockKey(message: "m1", index: 0)
    let second = BlockKey(message: "m1", index: 1)
    let later = BlockKey(message: "m2", index: 0)

    init() throws {
        fixture = try StoreFixture()
        question = try fixture.ask()
    }

    /// Records a slice and returns the message's text once it is in the store.
    private func record(to offset: Int64, _ entries: [Recorded]) async throws -> String {
        fixture.store.record(question.slice(to: offset, entries))
        return try await content()
    }

    private func content() async throws -> String {
        let question = question
        return try await fixture.store.write(.stream) { writer in
            for track in writer.core.tracks.values { try writer.core.flush(track) }
            return try writer.reader.message(question.message)?.content ?? "(no message)"
        }
    }

    @Test func `a slice and its offset are committed together, and the message grows`() async throws {
        #expect(
            try await record(to: 10, [.textDelta(block, "The refund "), .textDelta(block, "endpoint")])
                == "The refund endpoint")
        let page = try fixture.store.read { try $0.events(after: 0) }
        #expect(page.events.map(\.type) == [.textDelta])
        #expect(page.events[0].data == #"{"block":"m1/0","text":"The refund endpoint"}"#)
        #expect(page.events[0].module == "payments")
        #expect(page.events[0].session == question.session)
        #expect(page.events[0].job == question.job)
        #expect(page.events[0].run == question.run)
        #expect(page.events[0].offset == 10)
        #expect(try fixture.store.read { try $0.committedOffset(session: question.session) } == 10)
        #expect(try await record(to: 20, [.textBlock(block, "It skips it.")]) == "It skips it.")
        let message = try #require(try fixture.store.read { try $0.message(question.message) })
        #expect(message.status == .processing)
        #expect(message.session == question.session)
        #expect(message.run == question.run)
    }

    @Test func `a block is whole with the text that was streamed, which the log holds once`() async throws {
        _ = try await record(to: 10, [.textDelta(block, "one "), .textDelta(block, "two")])
        #expect(try await record(to: 20, [.textBlock(block, "one two")]) == "one two")
        let events = try fixture.store.read { try $0.events(after: 0).events }
        #expect(events.last?.data == #"{"block":"m1/0","text":"one two"}"#)
        let stored = try await fixture.store.write(.stream) {
            try $0.core.value("SELECT data FROM events ORDER BY id DESC LIMIT 1", []) as String?
        }
        #expect(stored == nil)
    }

    @Test func `blocks of one provider message follow directly, another message comes after a blank line`() async throws
    {
        _ = try await record(to: 1, [.textDelta(block, "a"), .textDelta(second, "b"), .textDelta(later, "c")])
        #expect(try await content() == "ab\n\nc")
        let resumed = BlockKey(message: "m3", index: 0)
        #expect(try await record(to: 2, [.textDelta(resumed, "d", follows: true)]) == "ab\n\ncd")
    }

    @Test func `text that is taken back vanishes and what comes instead stands in its place`() async throws {
        _ = try await record(to: 1, [.textDelta(block, "wrong"), .textDelta(second, "kept")])
        #expect(try await record(to: 2, [.textReset(block)]) == "kept")
        #expect(try await record(to: 3, [.textDelta(block, "right ")]) == "right kept")
        #expect(try await record(to: 4, [.textReset(block), .textReset(second)]) == "")
        let types = try fixture.store.read { try $0.events(after: 0).events.map(\.type) }
        #expect(types == [.textDelta, .textDelta, .textReset, .textDelta, .textReset, .textReset])
    }

    @Test func `text that is taken back leaves no blank line before the message that comes instead`() async throws {
        _ = try await record(to: 1, [.textDelta(block, "half")])
        #expect(try await record(to: 2, [.textReset(block), .textDelta(later, "whole")]) == "whole")
        #expect(try await record(to: 3, [.textDelta(BlockKey(message: "m3", index: 0), "more")]) == "whole\n\nmore")
    }

    @Test func `a text of many parts is read back whole and in order`() async throws {
        var whole = ""
        for number in 0..<300 {
            let piece = "\(number) é漢 "
            whole += piece
            _ = try await record(to: Int64(number + 1), [.textDelta(block, piece)])
        }
        #expect(try await content() == whole)
        let rows = try await fixture.store.write(.stream) {
            try $0.core.value("SELECT count(*) FROM message_parts", []) as Int?
        }
        #expect(try #require(rows) < 40, "short parts are joined")
    }

    @Test func `a further turn is a message of its own and keeps its text apart`() async throws {
        let further = MessageDraft(
            thread: question.thread, job: question.job, role: .assistant, turn: 1, createdAt: StoreFixture.time)
        _ = try await record(
            to: 1,
            [.textDelta(block, "answer"), .closeMessage(question.message, .completed, content: nil, failure: nil)])
        _ = try await record(to: 2, [.openMessage(further), .textDelta(later, "background done")])
        _ = try await record(to: 3, [.closeMessage(further.id, .completed, content: nil, failure: nil)])
        let messages = try fixture.store.read { try $0.messages(thread: question.thread) }
        #expect(messages.map(\.content) == ["Which endpoints skip the check?", "answer", "background done"])
        #expect(messages.map(\.status) == [.completed, .completed, .completed])
        let types = try fixture.store.read { try $0.events(after: 0).events.map(\.type) }
        #expect(types == [.textDelta, .messageCompleted, .messageStarted, .textDelta, .messageCompleted])
    }

    @Test func `a tool call is one row that is completed, and two events`() async throws {
        _ = try await record(to: 1, [.toolStarted(id: "t1", name: "Grep", input: #"{"pattern":"verify"}"#)])
        var blocks = try fixture.store.read { try $0.blocks(session: question.session) }
        #expect(blocks.map(\.name) == ["Grep"])
        #expect(blocks[0].endedAt == nil)
        _ = try await record(to: 2, [.toolCompleted(id: "t1", isError: true, output: "no such\u{0} folder")])
        blocks = try fixture.store.read { try $0.blocks(session: question.session) }
        #expect(blocks.count == 1)
        #expect(blocks[0].text == "no such\u{2400} folder")
        #expect(blocks[0].isError)
        let events = try fixture.store.read { try $0.events(after: 0).events }
        #expect(events.map(\.type) == [.toolStarted, .toolCompleted])
        #expect(events[1].line.hasSuffix(#""id":"t1","name":"Grep","is_error":true,"output":"no such␀ folder"}"#))
    }

    @Test func `slices and writes are committed in the order in which they came`() async throws {
        let count = 2000
        for number in 0..<count {
            fixture.store.record(
                question.slice(to: Int64(number + 1), [.event(.status, ["n": .integer(Int64(number))])]))
        }
        let seen = try await fixture.store.write(.full) { try $0.reader.newestEvent() }
        #expect(seen == Int64(count))
        let page = try fixture.store.read { try $0.events(after: 0, limit: count) }
        #expect(page.events.map(\.data) == (0..<count).map { #"{"n":\#($0)}"# })
        #expect(page.events.map(\.sequence) == Array(1...Int64(count)))
        #expect(fixture.store.backlogBytes == 0)
    }

    @Test func `whoever is told of a commit can read it, here and by the tick file`() async throws {
        let told = Mutex<[Int64]>([])
        let store = fixture.store
        store.onCommit = { [unowned store] newest in
            let seen = (try? store.read { try $0.newestEvent() }) ?? -1
            told.withLock { $0.append(seen >= newest ? newest : -1) }
        }
        for number in 1...50 {
            fixture.store.record(question.slice(to: Int64(number), [.event(.status, [:])]))
            if number % 10 == 0 { try await store.flush() }
        }
        try await store.flush()
        store.onCommit = nil
        let all = told.withLock { $0 }
        #expect(all == all.sorted() && all.first != -1)
        #expect(all.last == 50)
        #expect(TickFile(storePath: fixture.path).read() == 50)
    }

    @Test func `usage is the sum of its increments by model, and unknown cost stays unknown`() async throws {
        let priced = ModelUsage(
            model: "opus", usage: Usage(input: 10, cacheRead: 5, output: 2, cost: Money(nanos: 1_500)))
        let unpriced = ModelUsage(model: "mini", usage: Usage(input: 3, output: 1))
        _ = try await record(
            to: 1, [.usage(UsageReport(increments: [priced])), .usage(UsageReport(increments: [priced, unpriced]))])
        try await fixture.store.write { [question] writer in
            try writer.completeMessage(question.message, .completed, content: "done", at: StoreFixture.time)
        }
        let models = try fixture.store.read { try $0.usage(session: question.session) }
        #expect(models.map(\.model) == ["mini", "opus"])
        #expect(models[0].usage.cost == nil)
        #expect(models[1].usage == Usage(input: 20, cacheRead: 10, output: 4, cost: Money(nanos: 3_000)))
        let run = try #require(try fixture.store.read { try $0.run(question.run) })
        #expect(run.usage.usage.input == 23)
        #expect(run.usage.usage.cost == nil)
        #expect(run.usage.knownCost == Money(nanos: 3_000))
        for grouping in UsageGrouping.allCases {
            let rows = try fixture.store.read { try $0.usage(by: grouping) }
            #expect(rows.map { $0.sum.usage.total }.reduce(0, +) == 38, "\(grouping)")
        }
        let message = try fixture.store.read { try $0.message(question.message) }
        #expect(message?.usage == #"{"input":23,"cache_read":10,"cache_write":0,"output":5,"reasoning":0,"cost":null}"#)
    }

    @Test func `a statement that failed once is executed again`() async throws {
        let alter = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.execute(sys.argv[2])
            db.commit()
            """
        let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'refused'); END"
        for _ in 1...2 {
            _ = try python(alter, fixture.path, refuse)
            for _ in 1...2 {
                await #expect(throws: (any Error).self) {
                    try await fixture.store.write { [question] in try $0.disown(run: question.run) }
                }
            }
            _ = try python(alter, fixture.path, "DROP TRIGGER refuse")
            try await fixture.store.write { [question] in try $0.disown(run: question.run) }
            #expect(try fixture.store.read { try $0.unclaimedRuns() } == [question.run])
        }
    }

    @Test func `usage that nobody can have is recorded and read, however often it is stated`() async throws {
        let most = Usage(
            input: .max, cacheRead: .max, cacheWrite: .max, output: .max, reasoning: .max, cost: Money(nanos: .max))
        let increments = (0..<3).map { ModelUsage(model: "m\($0)", usage: most) }
        for end in 1...3 { _ = try await record(to: Int64(end), [.usage(UsageReport(increments: increments))]) }
        // What an earlier version let into the ledger.
        _ = try python(
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.execute("update usage set input = 9223372036854775807, output = 9223372036854775807")
            db.commit()
            """, fixture.path)
        _ = try await record(to: 4, [.usage(UsageReport(increments: increments))])
        try await fixture.store.write { [question] writer in
            try writer.completeMessage(question.message, .completed, content: "done", at: StoreFixture.time)
        }
        let run = try #require(try fixture.store.read { try $0.run(question.run) })
        #expect(run.usage.usage.input == Usage.most)
        #expect(run.usage.knownCost.nanos >= 9_000_000_000_000_000_000)
        for grouping in UsageGrouping.allCases {
            #expect(try !fixture.store.read { try $0.usage(by: grouping) }.isEmpty)
        }
        #expect(try fixture.store.read { try $0.message(question.message) }?.usage?.isEmpty == false)
        let taken = try await fixture.store.write { [question] writer in
            _ = try writer.takeBack(question.session, dialectVersion: 9, at: StoreFixture.time)
            return try writer.reader.usage(session: question.session)
        }
        #expect(taken.isEmpty)
    }
}
