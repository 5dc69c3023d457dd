import Foundation
import Model
import Store

/// Follows the event log of one run on a thread of its own.
enum EventFollower {
    /// The events of `run` after `cursor`, until it is over and all of them are read: a run that was retried has several
    /// ends. Throws when there is no such run. The reader's pace is kept: no more than a page is read ahead.
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
                let look = try await Tutti.onThread { [store, run, cursor] in
                    try EventFollower.look(store, run, after: cursor)
                }
                cursor = look.page.next
                ready = look.page.events.map(RecordedEvent.init).reversed()
                isOver = look.isLast
            }
            return ready.popLast()
        }
    }

    /// The next events, after waiting for some; empty when there are none for a while.
    private static func look(_ store: Store, _ run: String, after cursor: Int64) throws -> Look {
        let id = try Tutti.identifier(run)
        let watch = TickWatch(storePath: store.path)
        let look = try store.read { try Look($0, id, after: cursor) }
        if !look.page.events.isEmpty || look.isLast { return look }
        watch.wait()
        return try store.read { try Look($0, id, after: cursor) }
    }

    /// A page of events, and whether the run was over in the very moment in which it was read.
    private struct Look: Sendable {
        var page: EventPage
        var isLast: Bool

        init(_ reader: StoreReader, _ id: Identifier, after cursor: Int64) throws {
            guard let run = try reader.run(id) else {
                throw TuttiError(
                    .notFound, "There is no run \(id.text) in this store.",
                    hint: "Pass the run of an answer, or open the store that has it.")
            }
            var filter = EventFilter()
            filter.runs = [id]
            page = try reader.events(after: cursor, limit: 1000, filter: filter)
            isLast = run.state.isFinal && page.next >= page.newest
        }
    }
}
