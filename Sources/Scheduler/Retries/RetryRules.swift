package import Model

/// What is tried again, how often and when, class by class.
///
/// Three kinds of failure are told apart. What the provider asks for (a quota, a `Retry-After`) is waited for and costs no
/// try: the job did nothing wrong. What may go better next time costs a try and waits with full jitter, so that the jobs of
/// a batch that failed together do not come back together. The rest ends the job.
package struct RetryRules: Sendable, Hashable {
    /// For every class that has no rule of its own.
    package var usual: RetryPolicy
    /// Rules for single classes; `attempts` of such a rule counts the tries of all classes.
    package var byClass: [FailureClass: RetryPolicy]
    /// Classes after which somebody else is asked: at once, whatever the first one wished.
    package var elsewhere: Set<FailureClass> = []
    /// Attempts in all, parked ones included: an end for a provider that always says "later".
    package var mostAttempts: Int

    /// Rules of these parts.
    package init(
        usual: RetryPolicy = RetryRules.fullJitter, byClass: [FailureClass: RetryPolicy] = [:], mostAttempts: Int = 20
    ) {
        self.usual = usual
        self.byClass = byClass
        self.mostAttempts = mostAttempts
    }

    /// Three tries, with a wait of anything up to 10 s, then up to 20 s.
    package static let fullJitter = RetryPolicy(
        attempts: 3, backoff: Backoff(isFullJitter: true), longestPark: .seconds(86_400))

    /// What to do next about a job.
    package enum Decision: Sendable, Hashable {
        /// Another attempt after this wait.
        case again(wait: Duration)
        /// Another attempt once the provider is willing again; costs no try.
        case park(wait: Duration)
        /// No further attempt.
        case giveUp
    }

    /// Decides about `failure` of attempt number `attempt`; `tries` counts those that were not the provider's wish.
    package func decide(
        after failure: Failure, attempt: Int, tries: Int, using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard attempt < mostAttempts else { return .giveUp }
        let policy = byClass[failure.class] ?? usual
        if elsewhere.contains(failure.class), tries < policy.attempts { return .again(wait: .zero) }
        if isProvidersWish(failure), let seconds = failure.retryAfterSeconds, policy.classes.contains(failure.class) {
            let wish = Duration.seconds(max(0, seconds))
            return wish > policy.longestPark ? .giveUp : .park(wait: wish)
        }
        return policy.wait(after: failure, attempt: tries, using: &generator).map { .again(wait: $0) } ?? .giveUp
    }

    /// True when the provider refused for reasons that lie with its limits, and said until when.
    package func isProvidersWish(_ failure: Failure) -> Bool {
        guard failure.retryAfterSeconds != nil else { return false }
        return failure.class == .quota || failure.class == .rateLimit
    }
}
