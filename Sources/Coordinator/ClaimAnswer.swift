import Model
import Synchronization

/// What a claim's transaction said, for what is done after it.
final class ClaimAnswer: Sendable {
    private let answer = Mutex<ClaimRefusal?>(nil)

    /// Why the session may not begin; nil when it may.
    var refusal: ClaimRefusal? { answer.withLock { $0 } }

    /// Called inside the transaction, and again when that is tried again.
    func set(_ refusal: ClaimRefusal?) { answer.withLock { $0 = refusal } }
}
