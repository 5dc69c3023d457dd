package import Model

/// A schedule: when its runs are due, what becomes of those that were missed, and of those that find an earlier one running.
///
/// Keeps nothing. The shell stores the last occurrence that was dealt with, and asks again; so a clock that is set back
/// brings nothing twice, and one that jumps ahead brings what `catchUp` says, not one run for each hour of the jump.
package struct Schedule: Sendable {
    /// What happens when the run before is not over.
    package enum Overlap: String, Sendable, CaseIterable {
        /// The new one does not happen.
        case skip
        /// It waits for the end of the one before; one waits at most.
        case queue
        /// The one before is cancelled.
        case replace
    }

    /// What happens to occurrences that passed while nobody was there.
    package enum CatchUp: String, Sendable, CaseIterable {
        case none, latest, all
    }

    package var expression: CronExpression
    package var zone: ZoneOffset
    package var overlap: Overlap
    package var catchUp: CatchUp
    /// An occurrence that could not start within this time does not happen any more; one that is on time always does.
    package var grace: Duration
    /// Each occurrence is put off by up to this, always by the same part of it, and never into the last tenth of the time to
    /// the next one: they start in their order, and none takes another's place.
    package var jitter: Duration
    /// Decides the jitter: two schedules with one expression then do not start together.
    package var seed: UInt64

    /// How late is still on time: a coordinator looks at its schedules more often than that.
    package static let punctuality = Duration.seconds(60)
    /// Missed occurrences that `all` brings at most: the newest.
    package static let mostMissed = 1000

    /// A schedule of these rules.
    package init(
        _ expression: CronExpression, zone: @escaping ZoneOffset, overlap: Overlap = .skip, catchUp: CatchUp = .none,
        grace: Duration = .seconds(7200), jitter: Duration = .zero, seed: UInt64 = 0
    ) {
        self.expression = expression
        self.zone = zone
        self.overlap = overlap
        self.catchUp = catchUp
        self.grace = grace
        self.jitter = jitter
        self.seed = seed
    }

    /// What is due.
    package struct Due: Sendable, Hashable {
        /// The occurrences to start now, in order.
        package var occurrences: [Timestamp]
        /// How many do not happen: they were missed, or are too late.
        package var dropped: Int
        /// What to store as dealt with; unchanged when nothing was due.
        package var last: Timestamp
    }

    /// When the first occurrence after `time` is to start, jitter included.
    package func start(after time: Timestamp) -> Timestamp? {
        expression.next(after: time, in: zone).map { start(of: $0) }
    }

    /// When an occurrence is to start.
    package func start(of occurrence: Timestamp) -> Timestamp {
        guard jitter > .zero else { return occurrence }
        var most = jitter.inSeconds * 1000
        // No two are closer than a minute, so that most schedules need not ask.
        if most > Schedule.room(within: 60_000), let next = expression.next(after: occurrence, in: zone) {
            most = min(most, Schedule.room(within: next.milliseconds - occurrence.milliseconds))
        }
        var random = SplitMix64(seed: seed ^ UInt64(bitPattern: occurrence.milliseconds))
        let part = Double.random(in: 0...1, using: &random)
        return Timestamp(milliseconds: occurrence.milliseconds + Int64(most * part))
    }

    /// By how much an occurrence may be put off when the next one comes after `span`, in milliseconds.
    private static func room(within span: Int64) -> Double { Double(span) * 0.9 }

    /// How late an occurrence may start. Whoever looks is never there in the same millisecond: a shorter grace would mean never.
    var tolerance: Duration { max(grace, Schedule.punctuality) }

    /// What is due at `now`, when everything up to `last` was dealt with.
    package func due(at now: Timestamp, last: Timestamp) -> Due {
        var passed: [Timestamp] = []
        var count = 0
        var newest = last
        while let occurrence = expression.next(after: newest, in: zone), start(of: occurrence) <= now {
            newest = occurrence
            count += 1
            passed.append(occurrence)
            if passed.count > 2 * Schedule.mostMissed { passed.removeFirst(Schedule.mostMissed) }
        }
        func isWithin(_ limit: Duration, _ occurrence: Timestamp) -> Bool {
            let late = Duration.milliseconds(now.milliseconds - start(of: occurrence).milliseconds)
            return late <= limit
        }
        let chosen: [Timestamp] =
            switch catchUp {
            case .none: passed.suffix(1).filter { isWithin(Schedule.punctuality, $0) }
            case .latest: passed.suffix(1).filter { isWithin(tolerance, $0) }
            case .all: passed.suffix(Schedule.mostMissed).filter { isWithin(tolerance, $0) }
            }
        return Due(occurrences: chosen, dropped: count - chosen.count, last: newest)
    }

    /// What to do about an occurrence that is due.
    package enum Start: Sendable, Hashable {
        case start
        /// Cancel what runs, then start.
        case replace
        /// Start when what runs is over.
        case wait
        /// Does not happen.
        case skip
    }

    /// What to do about an occurrence that finds earlier runs of the schedule: one that lives, one that waits.
    package func start(isRunning: Bool, isWaiting: Bool) -> Start {
        guard isRunning || isWaiting else { return .start }
        switch overlap {
        case .skip: return .skip
        case .queue: return isWaiting ? .skip : .wait
        case .replace: return .replace
        }
    }
}
