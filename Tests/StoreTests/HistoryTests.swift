import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `What sessions took before` {
    let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    /// Records a session of so many milliseconds, and gives its run.
    @discardableResult
    private func record(
        _ module: String, _ milliseconds: Int64, cost: Money? = nil, as state: SessionState = .completed
    ) throws -> Identifier {
        let question = try fixture.ask(module: module)
        let end = Timestamp(milliseconds: StoreFixture.time.milliseconds + milliseconds)
        try fixture.store.writeAndWait(as: fixture.fence) { writer in
            try writer.setSession(question.session, .running, at: StoreFixture.time)
            if let cost {
                var slice = RecordedSlice(session: question.session, fence: question.fence, offset: 10)
                slice.append(
                    .usage(UsageReport(increments: [ModelUsage(model: "m", usage: Usage(output: 1, cost: cost))])),
                    end: 10, at: end)
                try writer.apply(slice)
            }
            let failure = state == .completed ? nil : Failure(.crash, "it broke")
            try writer.endSession(
                question.session, Outcome(state: state, failure: failure), exit: nil, offset: 10, at: end)
        }
        return question.run
    }

    @Test func `how long the sessions of a run take is known from those that completed`() throws {
        let (good, bad) = (try record("api", 4000), try record("api", 900, as: .failed))
        func usual(_ run: Identifier) throws -> Duration? {
            try fixture.store.read { try $0.usualDuration(ofRun: run) }
        }
        #expect(try usual(good) == .seconds(4))
        #expect(try usual(bad) == nil)
        #expect(try usual(.random()) == nil)
    }

    @Test func `the newest completed sessions of each kind are given`() throws {
        for number in 1...5 { try record("api", Int64(number) * 100, cost: Money(micros: Int64(number))) }
        try record("api", 9000, as: .failed)
        try record("web", 700)
        let provider = try #require(try fixture.store.read { try $0.sessions().first?.provider })
        let (api, any) = (SessionKind(module: "api", provider: provider), SessionKind(module: nil, provider: provider))
        let missing = SessionKind(module: "docs", provider: provider)
        let found = try fixture.store.read { try $0.pastSessions(of: [api, any, missing], each: 3) }
        #expect(found[api]?.map(\.milliseconds) == [500, 400, 300])
        #expect(found[api]?.map(\.cost) == [5, 4, 3].map { Money(micros: $0) })
        // What nobody stated is unknown, not nothing.
        #expect(found[any]?.first == PastSession(milliseconds: 700, cost: nil))
        #expect(found[any]?.count == 3 && found[missing] == nil)
        #expect(try fixture.store.read { try $0.pastSessions(of: []) }.isEmpty)
        let other = SessionKind(module: "api", provider: "other")
        #expect(try fixture.store.read { try $0.pastSessions(of: [other]) }.isEmpty)
    }

    @Test func `sessions too far back are not looked at`() throws {
        try record("api", 100)
        try record("web", 200)
        let provider = try #require(try fixture.store.read { try $0.sessions().first?.provider })
        let kinds: Set<SessionKind> = [
            SessionKind(module: "api", provider: provider), SessionKind(module: "web", provider: provider),
        ]
        let found = try fixture.store.read { try $0.pastSessions(of: kinds, depth: 1) }
        #expect(found.keys.map(\.module) == ["web"])
    }

    @Test func `the rows of a batch are apart from modules of the same name`() throws {
        try record("api", 100)
        let provider = try #require(try fixture.store.read { try $0.sessions().first?.provider })
        let owner = fixture.fence.coordinator
        let run = Identifier.random()
        let job = Identifier.random()
        let session = Identifier.random()
        let end = Timestamp(milliseconds: StoreFixture.time.milliseconds + 900)
        try fixture.store.writeAndWait(as: fixture.fence) { writer in
            try writer.insert(
                RunDraft(
                    id: run, kind: "batch", name: "nightly", state: .running, owner: owner,
                    createdAt: StoreFixture.time))
            try writer.insert(
                JobDraft(id: job, run: run, module: "api", state: .running, createdAt: StoreFixture.time))
            try writer.insert(
                SessionDraft(
                    id: session, job: job, provider: provider, workingDirectory: "/x", folder: "/x",
                    owner: owner, createdAt: StoreFixture.time))
            try writer.endSession(session, Outcome(state: .completed), exit: nil, offset: 0, at: end)
        }
        let module = SessionKind(module: "api", provider: provider)
        let row = SessionKind(batch: "nightly", module: "api", provider: provider)
        let other = SessionKind(batch: "weekly", module: "api", provider: provider)
        let found = try fixture.store.read { try $0.pastSessions(of: [module, row, other]) }
        #expect(found[module]?.map(\.milliseconds) == [100] && found[row]?.map(\.milliseconds) == [900])
        #expect(found[other] == nil)
    }
}
