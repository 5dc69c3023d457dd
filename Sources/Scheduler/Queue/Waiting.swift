package import Model

/// What a job waits for, as data and as a sentence.
package struct Waiting: Sendable, Hashable {
    /// One thing that stands in the way.
    package enum Reason: Sendable, Hashable {
        /// No coordinator works on its run: that one died, or is only being started.
        case abandoned
        /// A person holds it.
        case held
        /// These have to end first; the names are as people call them.
        case needs([String])
        /// An expression is being evaluated.
        case decision
        /// Its time has not come.
        case time
        /// It failed, and the next attempt is not yet due.
        case retry(attempt: Int, FailureClass)
        /// The provider named a time.
        case parked(FailureClass)
        /// The machine is short of something.
        case admission(String)
        /// A person paused this pool.
        case paused(Pool)
        /// What starts in this pool breaks at once.
        case blocked(Pool)
        /// The provider of this pool keeps it closed.
        case provider(Pool, PoolGovernor.Standing)
        /// All slots are taken: how many there are, how many other coordinators have, and who has one.
        case full(Pool, max: Int, elsewhere: Int, holder: String?)
        /// The free slots are kept for jobs that a person waits for.
        case reserve(Pool)
        /// A budget is promised to others, or used up until it begins anew.
        case budget(BudgetName, BudgetQuantity)
        /// So many go before it.
        case turn(ahead: Int)
    }

    /// All that stands in the way, the firmest first.
    package var reasons: [Reason]
    /// How long it is likely to wait; nil where nobody can know.
    package var expected: Duration?

    /// What stands in the way; nothing, until something is found.
    package init(reasons: [Reason] = [], expected: Duration? = nil) {
        self.reasons = reasons
        self.expected = expected
    }

    /// The reasons as one English sentence, with the time where it is known.
    package var sentence: String {
        let parts = reasons.map(\.words)
        let list =
            parts.count > 1
            ? parts.dropLast().joined(separator: ", ") + ", and " + (parts.last ?? "") : parts.first ?? "its turn"
        let time = expected.map { ", about \(Waiting.words($0))" } ?? ""
        return reasons.isEmpty ? "It starts in a moment." : "It waits for \(list)\(time)."
    }

    /// A length of time in the coarse words that an estimate deserves.
    package static func words(_ duration: Duration) -> String {
        let seconds = max(0, Int(duration.inSeconds.rounded(.up)))
        switch seconds {
        case ..<90: return "\(seconds) s"
        case ..<5400: return "\((seconds + 30) / 60) min"
        case ..<172_800: return "\((seconds + 1800) / 3600) h"
        default: return "\((seconds + 43_200) / 86_400) days"
        }
    }
}

extension Waiting.Reason {
    /// What is waited for, to stand after "It waits for".
    package var words: String {
        switch self {
        case .abandoned: return "a coordinator, as none works on its run: tutti recover"
        case .held: return "a person to release it"
        case .needs(let names):
            guard names.count > 3 else { return names.joined(separator: " and ") + " to end" }
            return "\(names[0]), \(names[1]) and \(names.count - 2) more to end"
        case .decision: return "its condition to be evaluated"
        case .time: return "its time"
        case .retry(let attempt, let failure): return "attempt \(attempt), after \(failure.rawValue)"
        case .parked(let failure): return "the time that the provider named (\(failure.rawValue))"
        case .admission(let refusal): return "room on this machine: \(refusal)"
        case .paused(let pool): return "a person to unpause \(pool.text)"
        case .blocked(let pool): return "a person to reset \(pool.text), where attempts break as soon as they start"
        case .provider(let pool, .parked): return "\(pool.text), which is parked until its provider's time"
        case .provider(let pool, .tripped): return "\(pool.text), which failed every time and is tried again later"
        case .provider(let pool, .probing): return "one attempt to show whether \(pool.text) is well again"
        case .provider(let pool, .lowered(let slots)):
            return "a slot in \(pool.text), which bears only \(slots) at a time now"
        case .provider(let pool, .open): return "a slot in \(pool.text)"
        case .full(.key(let key), _, _, let holder?): return "\(holder), which has the key \(key)"
        case .full(.key(let key), _, _, nil): return "the key \(key), which another coordinator has"
        case .full(.group, let most, _, _): return "one of the \(most) places of its group (max_parallel)"
        case .full(let pool, let most, let elsewhere, _):
            let others = elsewhere > 0 ? ", \(elsewhere) of them with other coordinators" : ""
            return "one of the \(most) slots of \(pool.text)\(others)"
        case .reserve(let pool): return "a slot in \(pool.text) that is not kept for interactive jobs"
        case .budget(let name, let quantity): return "\(quantity.rawValue) in the budget of \(name.text)"
        case .turn(1): return "its turn: 1 job goes before it"
        case .turn(let ahead): return "its turn: \(ahead) jobs go before it"
        }
    }
}
