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
    /// Draws each wait evenly from nothing to its whole length, and `jitter` does not count. A fleet that failed in one
    /// moment then comes back spread over the whole wait.
    package var isFullJitter: Bool

    /// Ten seconds, doubled each time, five minutes at most, spread by a fifth.
    package init(
        delay: Duration = .seconds(10), factor: Double = 2, maximum: Duration = .seconds(300), jitter: Double = 0.2,
        isFullJitter: Bool = false
    ) {
        self.delay = delay
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
        self.isFullJitter = isFullJitter
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
        if isFullJitter {
            let drawn = wait * Double.random(in: 0...1, using: &generator)
            guard let retryAfter else { return drawn }
            return retryAfter + min(drawn, retryAfter * 0.2)
        }
        let spread = jitter > 0 ? Double.random(in: -jitter...jitter, using: &generator) : 0
        if let retryAfter, retryAfter > wait { return retryAfter * (1 + abs(spread)) }
        return wait * (1 + spread)
    }
}
