package import Model

/// How long to wait before another attempt: growing with each one, spread so that a fleet does not come back as one.
package struct Backoff: Sendable, Hashable {
    /// The wait before the second attempt, before jitter.
    package var delay: Duration
    /// What each further wait is multiplied by; 1 keeps it constant.
    package var factor: Double
    /// No wait is longer than this, unless the provider itself asks for more.
    package var maximum: Duration
    /// 0 for exact waits; 0.2 spreads a wait evenly over 80 to 120 % of it.
    package var jitter: Double

    /// Ten seconds, doubled each time, five minutes at most, spread by a fifth.
    package init(
        delay: Duration = .seconds(10), factor: Double = 2, maximum: Duration = .seconds(300), jitter: Double = 0.2
    ) {
        self.delay = delay
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The wait after failed attempt number `attempt` (1 is the first).
    ///
    /// A wish of the provider (`retryAfter`) is a lower bound: jitter is then only added, never taken off.
    package func wait(
        afterAttempt attempt: Int, retryAfter: Duration?, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        var wait = delay
        for _ in 1..<max(1, attempt) {
            wait = wait * factor
            if wait >= maximum { break }
        }
        wait = min(wait, maximum)
        let spread = jitter > 0 ? Double.random(in: -jitter...jitter, using: &generator) : 0
        if let retryAfter, retryAfter > wait { return retryAfter * (1 + abs(spread)) }
        return wait * (1 + spread)
    }
}

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
