import Model
import Synchronization

/// What a claim's transaction said, for what is done after it.
final class ClaimAnswer: Sendable {
    private struct State {
        var refusal: ClaimRefusal?
        var isReplanned = false
    }

    private let state = Mutex(State())

    /// Why the session may not begin; nil when it may.
    var refusal: ClaimRefusal? { state.withLock { $0.refusal } }

    /// The run has another plan than the one by which this was decided: nothing of it was written.
    var isReplanned: Bool {
        get { state.withLock { $0.isReplanned } }
        set { state.withLock { $0.isReplanned = newValue } }
    }

    /// Called inside the transaction, and again when that is tried again.
    func set(_ refusal: ClaimRefusal?) { state.withLock { $0.refusal = refusal } }
}
