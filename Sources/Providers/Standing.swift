package import Model

/// What the watchdogs of a session need to know about its stream.
package struct Standing: Sendable, Hashable {
    /// Why silence means nothing at the moment.
    package enum Quiet: Sendable, Hashable {
        /// A tool runs.
        case tool
        /// The provider waits this long before it tries again by itself.
        case retry(seconds: Double)
        /// A question waits for a person.
        case question
        /// The turn is over, background tasks are not.
        case background
    }

    /// True when the provider has printed anything.
    package var firstByte = false
    /// True when the whole success of the question's own turn is there.
    package var wholeSuccess = false
    /// True when the question's own turn has its result, good or bad.
    package var resultSeen = false
    /// Background tasks that are open.
    package var openTasks = 0
    /// Nil when silence is suspicious.
    package var quiet: Quiet?
    /// The provider retries what cannot heal (a refused key, no network): end it early with this class.
    package var hopeless: Failure?

    /// The standing of a stream that has not begun.
    package init() {}
}
