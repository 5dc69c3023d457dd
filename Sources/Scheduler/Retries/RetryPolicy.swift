package import Model

/// Which failures are tried again, and how often.
package struct RetryPolicy: Sendable, Hashable {
    /// All attempts of a job, the first included; 1 never tries again.
    package var attempts: Int
    package var backoff: Backoff
    /// A provider that names a later time than this for its next try fails the job at once.
    package var longestPark: Duration
    /// The classes that are tried again.
    package var classes: Set<FailureClass>

    /// The classes that are tried again unless somebody says otherwise: all that may end differently.
    package static let usual = Set(FailureClass.allCases.filter { $0.reaction != .fail })

    /// A policy of these numbers.
    package init(
        attempts: Int = 3, backoff: Backoff = Backoff(), longestPark: Duration = .seconds(600),
        classes: Set<FailureClass> = RetryPolicy.usual
    ) {
        self.attempts = attempts
        self.backoff = backoff
        self.longestPark = longestPark
        self.classes = classes
    }

    /// The wait before the next attempt, or nil when `failure` of attempt number `attempt` is the job's end.
    package func wait(
        after failure: Failure, attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        // One lost host is an accident and costs no attempt of its own: it is tried again even where retries are off.
        let allowed = failure.class == .lost ? max(attempts, 2) : attempts
        guard attempt < allowed, classes.contains(failure.class) else { return nil }
        let wish = failure.retryAfterSeconds.map { Duration.seconds(max(0, $0)) }
        if let wish, wish > longestPark { return nil }
        // Whoever is out of quota and does not know until when would only wait in vain.
        if failure.class.reaction == .park, wish == nil { return nil }
        return backoff.wait(afterAttempt: attempt, retryAfter: wish, using: &generator)
    }
}
