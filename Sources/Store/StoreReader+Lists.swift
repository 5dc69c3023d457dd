package import Model

extension StoreReader {
    /// Runs, the newest first.
    package func runs(_ filter: ListFilter = ListFilter()) throws -> [RunRow] { fatalError() }
    /// One run, nil when there is none.
    package func run(_ id: Identifier) throws -> RunRow? { fatalError() }
    /// Jobs, the newest first; those of one run in the order of the run.
    package func jobs(_ filter: ListFilter = ListFilter()) throws -> [JobRow] { fatalError() }
    /// One job, nil when there is none.
    package func job(_ id: Identifier) throws -> JobRow? { fatalError() }
    /// Sessions, the newest first.
    package func sessions(_ filter: ListFilter = ListFilter()) throws -> [SessionRow] { fatalError() }
    /// One session, nil when there is none.
    package func session(_ id: Identifier) throws -> SessionRow? { fatalError() }
    /// A run with its jobs, sessions and messages.
    package func runDetail(_ id: Identifier) throws -> RunDetail? { fatalError() }
    /// A session with its job, messages, blocks and usage.
    package func sessionDetail(_ id: Identifier) throws -> SessionDetail? { fatalError() }
    /// The finished pieces of a session, in order.
    package func blocks(session: Identifier) throws -> [BlockRow] { fatalError() }
    /// The numbers above the table of `ps`.
    package func counts(since: Timestamp) throws -> StoreCounts { fatalError() }
    /// What a prefix of at least four characters, `@last` or `@last-failed` names.
    ///
    /// Throws a `TuttiError` that lists the candidates when there are several, or says what to do when there is none.
    package func resolve(_ word: String) throws -> Named { fatalError() }
    /// How many characters tell every run, job and session apart from the others, at least four.
    package func shortestPrefix(of id: Identifier) throws -> Int { fatalError() }
}
