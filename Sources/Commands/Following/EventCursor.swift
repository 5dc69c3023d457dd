import Model
import Store

/// Reads the event log after a cursor, page by page, on one thread.
struct EventCursor {
    private let store: Store
    private let filter: EventFilter
    /// Everything up to here was handed out.
    private(set) var position: Int64

    /// A cursor that hands out what follows `position`.
    init(_ store: Store, after position: Int64, filter: EventFilter = EventFilter()) {
        self.store = store
        self.position = position
        self.filter = filter
    }

    /// The next page; its events may be empty when nothing new is there.
    mutating func next(limit: Int = 1000) throws -> EventPage {
        let (position, filter) = (position, filter)
        let page = try store.read { try $0.events(after: position, limit: limit, filter: filter) }
        self.position = page.next
        return page
    }
}

extension Event {
    /// The event as the views take it.
    init(_ stored: StoredEvent) {
        self.init(
            sequence: stored.sequence, time: stored.time, type: stored.type, run: stored.run, job: stored.job,
            session: stored.session, module: stored.module,
            data: JSONReader.value(stored.data)?.object ?? JSONObject(), offset: stored.offset)
    }
}
