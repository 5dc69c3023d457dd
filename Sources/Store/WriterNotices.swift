internal import Synchronization

/// Whom the writer thread tells about commits and failures.
final class WriterNotices: Sendable {
    private struct Listeners {
        var onCommit: (@Sendable (Int64) -> Void)?
        var onError: (@Sendable ((any Error)?) -> Void)?
    }

    private let listeners = Mutex(Listeners())
    private let newest: Atomic<Int64>

    /// `newestEvent` is what the log holds when the writer begins.
    init(newestEvent: Int64) { newest = Atomic(newestEvent) }

    /// The newest event that this process knows of.
    var newestEvent: Int64 {
        get { newest.load(ordering: .relaxed) }
        set { newest.store(newValue, ordering: .relaxed) }
    }

    /// See `Store.onCommit`.
    var onCommit: (@Sendable (Int64) -> Void)? {
        get { listeners.withLock { $0.onCommit } }
        set { listeners.withLock { $0.onCommit = newValue } }
    }

    /// See `Store.onError`.
    var onError: (@Sendable ((any Error)?) -> Void)? {
        get { listeners.withLock { $0.onError } }
        set { listeners.withLock { $0.onError = newValue } }
    }

    func committed() { onCommit?(newestEvent) }

    func failed(_ error: (any Error)?) { onError?(error) }
}
