import Foundation
import Model
import Store

/// Follows the event log of one run on a thread of its own.
enum EventFollower {
    /// The events of `run` after `cursor`, until its last one. The reader's pace is kept: no more than a page is read ahead.
    static func stream(
        store: Store, run: String, from cursor: Int64
    ) -> AsyncThrowingStream<RecordedEvent, any Error> {
        let pages = PageReader(store: store, run: run, cursor: cursor)
        return AsyncThrowingStream { try await pages.next() }
    }

    /// Reads pages of events and hands them out one by one.
    private actor PageReader {
        private let store: Store
        private let run: String
        private var cursor: Int64
        private var ready: [RecordedEvent] = []
        private var isOver = false

        init(store: Store, run: String, cursor: Int64) {
            self.store = store
            self.run = run
            self.cursor = cursor
        }

        func next() async throws -> RecordedEvent? {
            while ready.isEmpty {
                if isOver || Task.isCancelled { return nil }
                let page = try await Tutti.onThread { [store, run, cursor] in
                    try EventFollower.page(store, run, after: cursor)
                }
                cursor = page.next
                ready = page.events.map(RecordedEvent.init).reversed()
                isOver = page.events.contains { $0.type == .runFinished }
            }
            return ready.popLast()
        }
    }

    /// The next events, after waiting for some; empty when there are none for a while.
    private static func page(_ store: Store, _ run: String, after cursor: Int64) throws -> EventPage {
        var filter = EventFilter()
        let id = try Tutti.identifier(run)
        filter.runs = [id]
        let watch = TickWatch(storePath: store.path)
        let page = try store.read { try $0.events(after: cursor, limit: 1000, filter: filter) }
        if !page.events.isEmpty { return page }
        watch.wait()
        return try store.read { try $0.events(after: cursor, limit: 1000, filter: filter) }
    }
}
