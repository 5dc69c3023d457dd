/// Where a run is.
package enum RunState: String, Sendable, CaseIterable, Codable {
    case queued, running, completed, failed, cancelled

    /// True when nothing can change the state any more.
    package var isFinal: Bool { self != .queued && self != .running }
}

/// Where a job (one unit of a run) is.
package enum JobState: String, Sendable, CaseIterable, Codable {
    /// Ready, waits for a slot.
    case queued
    /// Waits for dependencies, for a time, or for the delay of a retry.
    case waiting
    /// A person said to wait.
    case held
    /// The provider's quota or a breaker says to wait.
    case parked
    /// Started and failed at once too often.
    case blocked
    case running, completed, failed, cancelled, skipped

    /// True when nothing can change the state any more.
    package var isFinal: Bool {
        switch self {
        case .completed, .failed, .cancelled, .skipped: true
        default: false
        }
    }
}

/// Where a session (one attempt of a job) is.
package enum SessionState: String, Sendable, CaseIterable, Codable {
    case starting, running
    case needsInput = "needs_input"
    /// The ladder of ending has begun.
    case ending
    case completed, failed, cancelled
    /// Its host died and the spool holds no whole success.
    case lost

    /// True when nothing can change the state any more.
    package var isFinal: Bool {
        switch self {
        case .completed, .failed, .cancelled, .lost: true
        default: false
        }
    }
}

/// Where a message is; the word that other programs poll for is `processing`.
package enum MessageStatus: String, Sendable, CaseIterable, Codable {
    case processing, completed, failed, cancelled
}

/// Who speaks in a message.
package enum MessageRole: String, Sendable, CaseIterable, Codable {
    case system, user, assistant, tool
}
