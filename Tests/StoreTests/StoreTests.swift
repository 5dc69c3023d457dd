import Model
import Testing

@testable import Store

@Suite struct `Recording a stream` {
    let fixture: StoreFixture
    let block = BlockKey(message: "m1", index: 0)

    init() throws { fixture = try StoreFixture() }

    @Test func `a slice and its offset are committed together, and the message grows`() async throws {
        let question = try fixture.ask()
        fixture.store.record(question.slice(to: 10, [.textDelta(block, "The refund "), .textDelta(block, "endpoint")]))
        try await fixture.store.flush()
        let page = try fixture.store.read { try $0.events(after: 0) }
        #expect(page.events.map(\.type) == [.textDelta])
        #expect(page.events[0].data == #"{"block":"m1/0","text":"The refund endpoint"}"#)
        #expect(page.events[0].module == "payments")
        #expect(page.events[0].session == question.session)
        #expect(page.events[0].run == question.run)
        #expect(try fixture.store.read { try $0.committedOffset(session: question.session) } == 10)
        fixture.store.record(question.slice(to: 20, [.textBlock(block, "The refund endpoint skips it.")]))
        try await fixture.store.flush()
        let message = try #require(try fixture.store.read { try $0.message(question.message) })
        #expect(message.status == .processing)
        #expect(message.content == "The refund endpoint skips it.")
        let hits = try fixture.store.read { try $0.search(SearchQuery("refund endpoint")) }
        #expect(hits.count == 1)
        #expect(hits.first?.snippet.contains("«refund») ") == false)
    }
}
