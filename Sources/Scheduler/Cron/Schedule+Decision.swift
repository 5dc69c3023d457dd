package import Model

extension Schedule {
    /// How far a schedule has come: everything up to `last` was dealt with, but for the occurrence that waits.
    package struct Standing: Sendable, Hashable {
        package var last: Timestamp
        /// Waits for the end of the run before.
        package var waiting: Timestamp?

        /// A standing of these parts.
        package init(last: Timestamp, waiting: Timestamp? = nil) {
            self.last = last
            self.waiting = waiting
        }
    }

    /// What is to be done at a moment.
    package struct Decision: Sendable, Hashable {
        /// To be stored together with the run that begins.
        package var standing: Standing
        /// The occurrence whose run begins now: one at most, and whoever asks again hears of the next.
        package var start: Timestamp?
        /// What runs is cancelled for it.
        package var replaces = false
        /// So many occurrences do not happen, as they were missed or are too late.
        package var missed = 0
        /// So many do not happen, as the run before is not over.
        package var overlapped = 0
    }

    /// A clock that is set back by more than this, in milliseconds, was wrong before: what it brought is not waited for again.
    private static let mostSetBack: Int64 = 86_400_000

    /// What to do at `now`. `isRunning` says whether an earlier run is not over; it is asked only where that matters.
    ///
    /// With `all`, those that were missed begin one after another, whatever the overlap: each is there to be made up for.
    package func decide(
        at now: Timestamp, _ standing: Standing, isRunning: () throws -> Bool
    ) rethrows -> Decision {
        var decision = Decision(standing: standing)
        guard standing.last.milliseconds - now.milliseconds < Schedule.mostSetBack else {
            // That clock was wrong: without this nothing would happen until the time that it had shown.
            decision.standing.last = now
            return decision
        }
        if let waiting = standing.waiting {
            if lateness(of: waiting, at: now) > tolerance {
                decision.standing.waiting = nil
                decision.missed += 1
            } else if try !isRunning() {
                decision.standing.waiting = nil
                decision.start = waiting
                return decision
            }
        }
        let due = due(at: now, last: recent(standing.last, at: now))
        guard !due.occurrences.isEmpty else {
            decision.missed += due.dropped
            decision.standing.last = max(standing.last, due.last)
            return decision
        }
        let isBusy = try isRunning()
        decision.missed += due.dropped
        for (index, occurrence) in due.occurrences.enumerated() {
            let isMadeUpFor = catchUp == .all && lateness(of: occurrence, at: now) > Schedule.punctuality
            let isWaiting = decision.standing.waiting != nil
            if isMadeUpFor, isBusy || isWaiting {
                // Asked again later. What was dropped before it is not counted again, and not looked through again.
                decision.standing.last = max(
                    decision.standing.last, Timestamp(milliseconds: occurrence.milliseconds - 1))
                return decision
            }
            switch start(isRunning: isBusy, isWaiting: isWaiting) {
            case .start, .replace:
                decision.start = occurrence
                decision.replaces = isBusy
                if overlap == .replace { decision.standing.waiting = nil }
                decision.standing.last = index == due.occurrences.count - 1 ? due.last : occurrence
                return decision
            case .wait: decision.standing.waiting = occurrence
            case .skip: decision.overlapped += 1
            }
        }
        decision.standing.last = due.last
        return decision
    }

    /// When the next run is to begin, as far as is known at `now`: at once where one is due. Nil is never.
    package func next(at now: Timestamp, _ standing: Standing) -> Timestamp? {
        guard standing.last.milliseconds - now.milliseconds < Schedule.mostSetBack else { return start(after: now) }
        let due = due(at: now, last: recent(standing.last, at: now))
        return due.occurrences.isEmpty ? start(after: max(standing.last, due.last)) : now
    }

    /// A later `last` from which the same occurrences follow as far as they can still matter.
    ///
    /// A clock that was wrong by years, or a machine that was off for months, must not make anybody count minutes.
    private func recent(_ last: Timestamp, at now: Timestamp) -> Timestamp {
        let gap = now.milliseconds - last.milliseconds
        let wanted = catchUp == .all ? Schedule.mostMissed : 1
        var window: Int64 = 35 * 86_400_000
        while window < gap {
            let from = Timestamp(milliseconds: now.milliseconds - window)
            var (found, newest) = (0, from)
            while found < wanted, let next = expression.next(after: newest, in: zone), start(of: next) <= now {
                newest = next
                found += 1
            }
            if found == wanted { return from }
            window *= 4
        }
        return last
    }

    private func lateness(of occurrence: Timestamp, at now: Timestamp) -> Duration {
        .milliseconds(now.milliseconds - start(of: occurrence).milliseconds)
    }
}
