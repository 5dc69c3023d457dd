package import Model

extension StoreReader {
    /// A thread, nil when there is none.
    package func thread(_ id: Identifier) throws -> ThreadRow? { fatalError() }
    /// Threads, the newest first.
    package func threads(module: String? = nil, limit: Int = 100) throws -> [ThreadRow] { fatalError() }
    /// The messages of a thread in order.
    package func messages(thread: Identifier) throws -> [MessageRow] { fatalError() }
    /// One message, nil when there is none.
    package func message(_ id: Identifier) throws -> MessageRow? { fatalError() }
    /// All messages that are being streamed.
    package func processingMessages() throws -> [MessageRow] { fatalError() }
    /// Full-text search, best first; what still streams is found too.
    package func search(_ query: SearchQuery) throws -> [SearchHit] { fatalError() }
    /// Tokens and money by group, the largest first (days: the newest first).
    package func usage(
        by grouping: UsageGrouping, since: Timestamp? = nil, runs: Set<Identifier> = [], modules: Set<String> = []
    ) throws -> [UsageRow] { fatalError() }
    /// Tokens and money of one session by model.
    package func usage(session: Identifier) throws -> [ModelUsage] { fatalError() }
}
