import GRDB
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `Reading the store` {
    let fixture: StoreFixture
    let block = BlockKey(message: "m", index: 0)

    init() throws { fixture = try StoreFixture() }

    @Test func `a prefix of at least four characters names what it belongs to`() throws {
        let question = try fixture.ask(name: "auth-audit")
        try fixture.store.read { (reader: StoreReader) throws in
            #expect(try reader.resolve("@last") == .run(question.run))
            #expect(try reader.resolve("auth-audit") == .run(question.run))
            #expect(try reader.resolve(question.session.text.lowercased()) == .session(question.session))
            let length = try reader.shortestPrefix(of: question.job)
            #expect(length >= 4)
            #expect(try reader.resolve(String(question.job.text.prefix(length))) == .job(question.job))
            #expect(try reader.resolve(question.job.text + "/1") == .session(question.session))
            for word in ["abc", "@last-failed", "ZZZZZZZZ", "", question.job.text + "/2"] {
                let error = #expect(throws: TuttiError.self) { try reader.resolve(word) }
                #expect(error?.code == .notFound, "\(word)")
            }
        }
    }

    @Test func `a run may be named like an attempt, and only a job has attempts`() throws {
        let question = try fixture.ask(name: "release/2")
        try fixture.store.read { (reader: StoreReader) throws in
            #expect(try reader.resolve("release/2") == .run(question.run))
            let error = #expect(throws: TuttiError.self) { try reader.resolve(question.run.text + "/2") }
            #expect(error?.code == .usage)
            #expect(error?.message.contains("is a run") == true)
        }
    }

    @Test func `a prefix of several lists them`() throws {
        let first = try #require(Identifier("ABCD000000000001"))
        let second = try #require(Identifier("ABCD000000000002"))
        try fixture.store.writeAndWait { writer in
            for id in [first, second] { try writer.insert(RunDraft(id: id, createdAt: StoreFixture.time)) }
        }
        try fixture.store.read { (reader: StoreReader) throws in
            let error = #expect(throws: TuttiError.self) { try reader.resolve("abcd") }
            #expect(error?.code == .usage)
            #expect(error?.message.contains(first.text) == true && error?.message.contains(second.text) == true)
            #expect(try reader.shortestPrefix(of: first) == 16)
        }
    }

    @Test func `a run's whole name goes before a prefix that some identifier happens to have`() throws {
        let other = try fixture.ask()
        let word = String(other.job.text.prefix(6))
        let named = try fixture.ask(name: word)
        let twin = try fixture.ask(name: other.job.text)
        func resolve(_ word: String) throws -> Named { try fixture.store.read { try $0.resolve(word) } }
        #expect(try resolve(word) == .run(named.run))
        #expect(try resolve(String(other.job.text.prefix(12))) == .job(other.job))
        // Whoever names a run like a whole identifier takes nothing from whoever has it.
        let error = #expect(throws: TuttiError.self) { try resolve(other.job.text) }
        #expect(error?.code == .usage)
        for id in [other.job, twin.run] { #expect(error?.message.contains(id.text) == true) }
        #expect(try resolve(twin.run.text) == .run(twin.run))
    }

    @Test func `what runs is listed before what waits, however much of that is newer`() throws {
        let old = try fixture.ask()
        try fixture.store.writeAndWait { try $0.setJob(old.job, .running, at: StoreFixture.time) }
        let waiting = try (1...3).map { _ in try fixture.ask() }
        try fixture.store.writeAndWait { writer in
            for question in waiting { try writer.setJob(question.job, .queued, at: StoreFixture.time) }
        }
        var filter = ListFilter()
        filter.unfinishedOnly = true
        for limit in 1...5 {
            filter.limit = limit
            let jobs = try fixture.store.read { try $0.jobs(filter).map(\.id) }
            #expect(jobs == Array(([old.job] + waiting.reversed().map(\.job)).prefix(limit)))
        }
        #expect(try fixture.store.read { try $0.jobCount(filter) } == 4)
    }

    @Test func `lists filter by state, module and run, newest first`() throws {
        let first = try fixture.ask(module: "payments")
        let second = try fixture.ask(module: "web")
        try fixture.store.writeAndWait { try $0.setJob(first.job, .failed, at: StoreFixture.time) }
        try fixture.store.read { (reader: StoreReader) throws in
            #expect(try reader.runs().map(\.id) == [second.run, first.run])
            #expect(try reader.sessions().map(\.module) == ["web", "payments"])
            var filter = ListFilter()
            filter.states = ["failed"]
            #expect(try reader.jobs(filter).map(\.id) == [first.job])
            filter = ListFilter()
            filter.modules = ["web"]
            #expect(try reader.sessions(filter).map(\.id) == [second.session])
            #expect(try reader.runs(filter).map(\.id) == [second.run])
            filter = ListFilter()
            filter.runs = [first.run]
            #expect(try reader.jobs(filter).map(\.id) == [first.job])
            filter = ListFilter()
            filter.unfinishedOnly = true
            #expect(try reader.jobs(filter).map(\.id) == [second.job])
            filter.limit = 0
            #expect(try reader.sessions(filter).isEmpty)
            let counts = try reader.counts(since: StoreFixture.time)
            #expect(counts.running == 1 && counts.failed == 1 && counts.processing == 2)
            let detail = try #require(try reader.runDetail(first.run))
            #expect(detail.jobs.count == 1 && detail.sessions.count == 1 && detail.messages.count == 2)
            #expect(detail.run.jobs == [.failed: 1])
            let session = try #require(try reader.sessionDetail(first.session))
            #expect(session.messages.map(\.role) == [.user, .assistant])
        }
    }

    @Test func `events come after the cursor, by filter, and a cursor before the oldest gets a gap`() async throws {
        let first = try fixture.ask()
        let second = try fixture.ask()
        for number in 1...5 {
            fixture.store.record(first.slice(to: Int64(number), [.event(.status, ["n": .integer(Int64(number))])]))
            try await fixture.store.flush()
            fixture.store.record(second.slice(to: Int64(number), [.event(.progress, [:])]))
            try await fixture.store.flush()
        }
        try fixture.store.read { (reader: StoreReader) throws in
            #expect(try reader.events(after: 7).events.map(\.sequence) == [8, 9, 10])
            let page = try reader.events(after: 0, limit: 3)
            #expect(page.next == 3 && page.newest == 10 && page.gapUntil == nil)
            var filter = EventFilter()
            filter.sessions = [first.session]
            #expect(try reader.events(after: 0, filter: filter).events.map(\.sequence) == [1, 3, 5, 7, 9])
            #expect(try reader.events(after: 0, filter: filter).next == 10)
            filter = EventFilter()
            filter.runs = [second.run]
            filter.types = [.progress]
            #expect(try reader.events(after: 4, limit: 2, filter: filter).events.map(\.sequence) == [6, 8])
            filter.runs = [.random()]
            #expect(
                try reader.events(after: 0, filter: filter)
                    == EventPage(events: [], next: 10, gapUntil: nil, newest: 10))
        }
        try await fixture.store.write { try $0.db.execute(sql: "DELETE FROM events WHERE id < 8") }
        try fixture.store.read { (reader: StoreReader) throws in
            let page = try reader.events(after: 3)
            #expect(page.gapUntil == 8)
            #expect(page.events.map(\.sequence) == [8, 9, 10])
            #expect(try reader.events(after: 7).gapUntil == nil)
        }
        try await fixture.store.write { try $0.db.execute(sql: "DELETE FROM events") }
        let empty = try fixture.store.read { try $0.events(after: 3) }
        #expect(empty == EventPage(events: [], next: 10, gapUntil: 11, newest: 10), "numbers are never used again")
    }

    @Test func `a run with very many jobs has the events of each, and no others`() throws {
        let (large, other) = (try fixture.ask(), try fixture.ask())
        let jobs = (0..<600).map { _ in Identifier.random() }
        try fixture.store.writeAndWait(.full, as: fixture.fence) { writer in
            for id in jobs {
                try writer.insert(JobDraft(id: id, run: large.run, module: "m", createdAt: StoreFixture.time))
            }
        }
        let owners: [(run: Identifier, job: Identifier?, session: Identifier?)] = [
            (large.run, nil, nil), (large.run, jobs[599], nil), (large.run, large.job, large.session),
            (other.run, nil, nil), (other.run, other.job, other.session),
        ]
        try fixture.store.writeAndWait(.full, as: fixture.fence) { writer in
            for owner in owners {
                try writer.append(
                    Event(
                        time: StoreFixture.time, type: .status, run: owner.run, job: owner.job, session: owner.session,
                        data: [:]))
            }
        }
        func heard(_ runs: Identifier...) throws -> [Int64] {
            var filter = EventFilter()
            filter.runs = Set(runs)
            return try fixture.store.read { try $0.events(after: 0, filter: filter) }.events.map(\.sequence)
        }
        #expect(try heard(large.run) == [1, 2, 3])
        #expect(try heard(other.run) == [4, 5])
        #expect(try heard(large.run, other.run) == [1, 2, 3, 4, 5])
    }

    @Test func `a run is followed by the same statements however many sessions it has`() throws {
        let question = try fixture.ask()
        var filter = EventFilter()
        filter.runs = [question.run]
        let statements = { [fixture, filter] in
            try fixture.store.read { (reader: StoreReader) throws in
                var texts: Set<String> = []
                reader.db.trace { event in
                    if case .statement(let statement) = event { texts.insert(statement.sql) }
                }
                defer { reader.db.trace(options: [], nil) }
                _ = try reader.events(after: 0, filter: filter)
                return texts
            }
        }
        let first = try statements()
        try fixture.store.writeAndWait(.full, as: fixture.fence) { writer in
            try writer.endSession(question.session, Outcome(state: .failed), exit: nil, at: StoreFixture.time)
            try writer.insert(
                SessionDraft(
                    id: .random(), job: question.job, attempt: 2, provider: "claude", workingDirectory: "/tmp",
                    folder: question.folder, owner: question.fence.coordinator, createdAt: StoreFixture.time))
        }
        #expect(try statements() == first, "each text is kept prepared for as long as the store is open")
        #expect(try fixture.store.read { try $0.sessions().count } == 2)
    }

    @Test func `an event's line is its JSON with the data's members last`() async throws {
        let question = try fixture.ask()
        fixture.store.record(question.slice(to: 3, [.event(.status, ["text": "a\"b"]), .event(.heartbeat, [:])]))
        try await fixture.store.flush()
        let lines = try fixture.store.read { try $0.events(after: 0).events.map(\.line) }
        let ids =
            #""run":"\#(question.run)","job":"\#(question.job)","session":"\#(question.session)","module":"payments""#
        #expect(
            lines == [
                #"{"v":1,"seq":1,"ts":"\#(StoreFixture.time.iso8601)","type":"status",\#(ids),"text":"a\"b"}"#,
                #"{"v":1,"seq":2,"ts":"\#(StoreFixture.time.iso8601)","type":"heartbeat",\#(ids)}"#,
            ])
    }

    @Test func `search finds prompts, answers and tools, and text that still streams`() async throws {
        let question = try fixture.ask("Which endpoints skip the auth check?")
        let quiet = try fixture.ask("Something else", module: "web")
        func search(_ text: String, _ change: (inout SearchQuery) -> Void = { _ in }) throws -> [SearchHit] {
            var query = SearchQuery(text)
            change(&query)
            return try fixture.store.read { try $0.search(query) }
        }
        #expect(try search("auth check").map(\.kind) == ["prompt"])
        fixture.store.record(
            question.slice(
                to: 1,
                [
                    .toolStarted(id: "t", name: "Grep", input: #"{"pattern":"verify_token"}"#),
                    .textDelta(block, "The Refund endpoint is mounted before the middle"),
                ]))
        try await fixture.store.write(.stream) { writer in
            for track in writer.core.tracks.values { try writer.core.flush(track) }
        }
        let live = try search("refund ENDPOINT")
        #expect(live.map(\.isLive) == [true])
        #expect(live[0].snippet == "The «Refund» «endpoint» is mounted before the middle")
        #expect(live[0].session == question.session && live[0].message == question.message)
        #expect(live[0].run == question.run && live[0].job == question.job && live[0].role == .assistant)
        #expect(try search("middle").count == 1)
        #expect(try search("mid").isEmpty, "whole words")
        #expect(try search("verify token").map(\.name) == ["Grep"])
        fixture.store.record(
            question.slice(to: 2, [.textBlock(block, "The refund endpoint is mounted before the middleware, Zürich.")]))
        try await fixture.store.flush()
        let stored = try search("refund")
        #expect(stored.map(\.isLive) == [false])
        #expect(stored[0].snippet.contains("«refund» endpoint"))
        #expect(try search("zurich").count == 1)
        #expect(try search("\"endpoint is mounted\"").count == 1)
        #expect(try search("\"mounted endpoint\"").isEmpty)
        #expect(try search("refund") { $0.modules = ["web"] }.isEmpty)
        #expect(try search("refund") { $0.runs = [question.run] }.count == 1)
        #expect(try search("refund") { $0.roles = [.user] }.isEmpty)
        #expect(try search("refund") { $0.since = Timestamp(milliseconds: .max) }.isEmpty)
        #expect(try search("refund") { $0.states = ["starting"] }.count == 1)
        #expect(try search("refund OR else") { $0.isSyntax = true }.count == 2)
        #expect(try search("else").first?.thread == quiet.thread)
        let error = #expect(throws: TuttiError.self) { try search("AND (") { $0.isSyntax = true } }
        #expect(error?.code == .usage)
    }

    @Test func `an answer that was cut is found too, once`() async throws {
        let question = try fixture.ask()
        fixture.store.record(question.slice(to: 1, [.textDelta(block, "half an elephant")]))
        try await fixture.store.write {
            try $0.endSession(
                question.session, Outcome(state: .failed, failure: Failure(.crash, "it fell")),
                exit: nil,
                at: StoreFixture.time)
            try $0.completeMessage(
                question.message, .failed, failure: Failure(.crash, "it fell"), at: StoreFixture.time)
        }
        let hits = try fixture.store.read { try $0.search(SearchQuery("elephant")) }
        #expect(hits.map(\.isLive) == [false])
        let message = try fixture.store.read { try $0.message(question.message) }
        #expect(message?.content == "half an elephant")
        #expect(message?.errorClass == .crash && message?.error == "it fell")
    }

    @Test func `places are counted beyond those that a search ranks, and what streams is among them`() async throws {
        let question = try fixture.ask()
        let blocks = (0..<1200).map { Recorded.textBlock(BlockKey(message: "m", index: $0), "a zebra \($0)") }
        fixture.store.record(question.slice(to: 1, blocks))
        fixture.store.record(
            question.slice(to: 2, [.textDelta(BlockKey(message: "m", index: 1200), "a streaming zebra")]))
        try await fixture.store.write(.stream) { writer in
            for track in writer.core.tracks.values { try writer.core.flush(track) }
        }
        func count(_ change: (inout SearchQuery) -> Void) throws -> Int {
            var query = SearchQuery("zebra")
            change(&query)
            return try fixture.store.read { try $0.searchCount(query) }
        }
        #expect(try count { _ in } == 1201)
        #expect(try count { $0.modules = ["payments"] } == 1201)
        #expect(try count { $0.roles = [.user] } == 0)
        #expect(try count { ($0.text, $0.isSyntax) = ("zebra OR nothing", true) } == 1200)
        #expect(throws: TuttiError.self) { try count { ($0.text, $0.isSyntax) = ("AND (", true) } }
    }

    @Test func `plain search never errs, whatever is typed`() throws {
        _ = try fixture.ask("some words to find")
        var generator = SplitMix64(seed: printedSeed())
        let pieces = [
            "\"", "'", "*", "(", ")", "^", ":", "-", "+", "{", "}", "NEAR", "AND", "OR", "NOT", "word", "é", "漢",
            "\u{0}", " ", "\n", "%", "_", "\\",
        ]
        try fixture.store.read { (reader: StoreReader) throws in
            for _ in 0..<2000 {
                let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                    pieces[Int.random(in: 0..<pieces.count, using: &generator)]
                }.joined()
                _ = try reader.search(SearchQuery(text))
            }
            _ = try reader.search(SearchQuery(String(repeating: "word ", count: 200_000)))
        }
    }
}
