package import Model

/// Keeps attempts away from a provider that fails every time, and sends one now and then to see whether it is back.
///
/// ```
///            so many failures in a row              the pause is over
///   closed ─────────────────────────────▶ open ─────────────────────────▶ half-open
///     ▲                                     ▲        the probe fails,         │  │
///     │                                     └────── a longer pause ───────────┘  │
///     └──────────────────────────── an attempt succeeds ─────────────────────────┘
/// ```
package struct CircuitBreaker: Sendable, Hashable {
    /// What it watches for and how long it pauses.
    package struct Policy: Sendable, Hashable {
        /// Failures in a row that open it.
        package var failures: Int
        /// The pause before the first probe, and how it grows.
        package var pause: Backoff

        /// Five failures, then ten seconds and more.
        package init(failures: Int = 5, pause: Backoff = Backoff()) {
            self.failures = failures
            self.pause = pause
        }
    }

    package let policy: Policy
    private var inARow = 0
    private var trips = 0
    private var probeFrom: Duration?

    /// A closed breaker.
    package init(_ policy: Policy = Policy()) { self.policy = policy }

    /// Attempts that it lets live at `now`: none, one, or nil for as many as the pool allows.
    package func ceiling(at now: Duration) -> Int? { probeFrom.map { now < $0 ? 0 : 1 } }

    /// When it lets a probe through; nil while it is closed.
    package var opensAt: Duration? { probeFrom }

    /// The classes of failure that say something about the provider rather than about the job.
    package static func counts(_ failure: Failure) -> Bool {
        switch failure.class {
        case .serverError, .network, .overload, .startTimeout, .firstByteTimeout: true
        default: false
        }
    }

    /// An attempt succeeded: the provider is well.
    package mutating func succeeded() {
        inARow = 0
        trips = 0
        probeFrom = nil
    }

    /// An attempt that began at `started` failed for reasons that lie with the provider.
    package mutating func failed(
        started: Duration, at now: Duration, using generator: inout some RandomNumberGenerator
    ) {
        if let probeFrom {
            // What began before the pause says nothing about the time after it.
            guard started >= probeFrom else { return }
        } else {
            inARow += 1
            guard inARow >= policy.failures else { return }
        }
        trips += 1
        probeFrom = now + policy.pause.wait(afterAttempt: trips, retryAfter: nil, using: &generator)
    }
}
