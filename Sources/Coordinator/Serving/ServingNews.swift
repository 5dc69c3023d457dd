package import Model

/// What a serving coordinator has to tell: each is a line of its log.
package enum ServingNews: Sendable {
    /// A run was taken up: claimed, or taken over.
    case began(Identifier)
    /// A run is over, or cannot be read by this version.
    case finished(Identifier)
    /// What a coordinator left that died.
    case tookOver(Identifier, runs: Int, sessions: Int)
    /// An occurrence has become a run.
    case fired(String, occurrence: Timestamp, run: Identifier, replaces: Bool)
    /// An occurrence waits for the end of the run before.
    case waits(String, occurrence: Timestamp)
    /// So many occurrences did not happen: missed, or too late.
    case missed(String, Int)
    /// So many occurrences did not happen, as the run before goes on.
    case overlapped(String, Int)
    /// An occurrence could not become a run.
    case trouble(String, TuttiError)
    /// The store cannot be read or written; nil when it can again.
    case store(String?)
}
