extension StoreReader {
    /// The number of the newest event, 0 in an empty log.
    package func newestEvent() throws -> Int64 { fatalError() }
    /// At most `limit` events after `cursor`.
    package func events(after cursor: Int64, limit: Int = 1000, filter: EventFilter = EventFilter()) throws -> EventPage
    {
        fatalError()
    }
}

extension StoredEvent {
    /// The event as its JSON line without the newline.
    package var line: String { fatalError() }
}
