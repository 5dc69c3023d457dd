package import Model

/// Backpressure from one provider: how many attempts its pool may have now, from how the last ones ended.
///
/// Three things lower the number: the adaptive limit (too much at once), the circuit breaker (nothing works), and parking
/// (the provider said when to come back). The smallest counts.
package struct PoolGovernor: Sendable, Hashable {
    /// How a pool reacts to its provider.
    package struct Policy: Sendable, Hashable {
        /// Finds out how much the provider bears; false always allows `max`.
        package var isAdaptive: Bool
        /// Slots to begin with; nil is all of them.
        package var start: Int?
        /// Nil never pauses a provider that fails.
        package var breaker: CircuitBreaker.Policy?
        /// Over how long the slots come back after the pool was parked.
        package var spread: Duration

        /// A time that is further away is waited for by nobody: jobs find the wall, and fail. Nil waits for any.
        package var longestPark: Duration?

        /// A policy of these parts.
        package init(
            isAdaptive: Bool = true, start: Int? = nil, breaker: CircuitBreaker.Policy? = CircuitBreaker.Policy(),
            spread: Duration = .seconds(10), longestPark: Duration? = nil
        ) {
            self.isAdaptive = isAdaptive
            self.start = start
            self.breaker = breaker
            self.spread = spread
            self.longestPark = longestPark
        }
    }

    /// What holds a pool back, for a person.
    package enum Standing: Sendable, Hashable {
        case open
        /// The provider bears less than the settings allow.
        case lowered(to: Int)
        /// The provider named this moment.
        case parked(until: Duration)
        /// It failed every time; the next probe is then.
        case tripped(until: Duration)
        /// One attempt shows whether it is well again.
        case probing

        /// The word for it that the store keeps; nil for `open`. The moment is kept beside it.
        package var word: String? {
            switch self {
            case .open: nil
            case .lowered(let slots): "lowered \(slots)"
            case .parked: "parked"
            case .tripped: "tripped"
            case .probing: "probing"
            }
        }

        /// Until when it holds, where that is known.
        package var until: Duration? {
            switch self {
            case .parked(let until), .tripped(let until): until
            case .open, .lowered, .probing: nil
            }
        }

        /// Reads what `word` and `until` wrote; nil for what this version does not know.
        package init?(word: String, until: Duration?) {
            let parts = word.split(separator: " ")
            switch (parts.first, until) {
            case ("lowered", _):
                guard parts.count == 2, let slots = Int(parts[1]) else { return nil }
                self = .lowered(to: slots)
            case ("parked", let until?): self = .parked(until: until)
            case ("tripped", let until?): self = .tripped(until: until)
            case ("probing", _): self = .probing
            default: return nil
            }
        }
    }

    package let policy: Policy
    private var adaptive: AdaptiveLimit
    /// It began low because nobody had said how many it may be, and nothing was too much since.
    private var isGuessed: Bool
    private var breaker: CircuitBreaker
    private var parking = Parking()

    /// What an adaptive pool without a `max` tries at most.
    package static let mostUnbounded = 256

    /// A governor for a pool of `max` slots (nil is unlimited).
    package init(_ policy: Policy, max: Int?) {
        self.policy = policy
        adaptive = AdaptiveLimit(
            maximum: max ?? PoolGovernor.mostUnbounded, start: policy.start ?? (max == nil ? 8 : nil))
        isGuessed = max == nil && policy.start == nil
        breaker = CircuitBreaker(policy.breaker ?? CircuitBreaker.Policy())
    }

    /// The settings allow `max` slots from now on.
    package mutating func allow(_ max: Int?) {
        if isGuessed, let max {
            // No provider said what it bears: the settings do.
            adaptive = AdaptiveLimit(maximum: max, start: policy.start)
        } else {
            adaptive.allow(max ?? PoolGovernor.mostUnbounded)
        }
        isGuessed = isGuessed && max == nil
    }

    /// Attempts that may live at `now`; nil is as many as the pool's own limit.
    package func ceiling(at now: Duration) -> Int? {
        var ceiling = policy.isAdaptive ? adaptive.current : nil
        for other in [policy.breaker == nil ? nil : breaker.ceiling(at: now), parking.ceiling(at: now)] {
            if let other { ceiling = min(ceiling ?? other, other) }
        }
        return ceiling
    }

    /// What holds the pool back at `now`.
    package func standing(at now: Duration) -> Standing {
        if parking.ceiling(at: now) == 0, let until = parking.until {
            return .parked(until: parking.nextReturn(after: now) ?? until)
        }
        if policy.breaker != nil, let probe = breaker.opensAt { return now < probe ? .tripped(until: probe) : .probing }
        return policy.isAdaptive && adaptive.isLowered ? .lowered(to: adaptive.current) : .open
    }

    /// When the ceiling rises by itself.
    package func nextRise(after now: Duration) -> Duration? {
        let probe = breaker.opensAt.flatMap { $0 > now ? $0 : nil }
        guard let back = parking.nextReturn(after: now) else { return probe }
        return min(back, probe ?? back)
    }

    /// An attempt that began at `started` ended, one of `live`; `failure` is nil when it went well.
    package mutating func ended(
        _ failure: Failure?, started: Duration, live: Int = .max, at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let failure else {
            adaptive.succeeded()
            breaker.succeeded()
            return
        }
        switch failure.class {
        case .overload, .rateLimit:
            isGuessed = false
            adaptive.overloaded(started: started, live: live, at: now)
        default: break
        }
        if CircuitBreaker.counts(failure) { breaker.failed(started: started, at: now, using: &generator) }
        let namesATime = [.quota, .rateLimit, .overload, .serverError].contains(failure.class)
        let longest = policy.longestPark?.inSeconds ?? .infinity
        if namesATime, let seconds = failure.retryAfterSeconds, seconds > 0, seconds <= longest {
            parking.park(
                for: .seconds(seconds), at: now, slots: adaptive.current, spread: policy.spread, using: &generator)
        }
    }
}
