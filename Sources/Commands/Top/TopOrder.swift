import Model
import Store

/// The orders that `s` goes through.
enum TopOrder: String, CaseIterable, Sendable {
    case state, age, tokens, cost, module

    /// The order after this one.
    var next: TopOrder {
        let all = TopOrder.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }

    /// True when `left` stands above `right` at `now`; what is equal keeps the order of the queue.
    func isAbove(_ left: WorkRow, _ right: WorkRow, at now: Timestamp) -> Bool {
        func ordered<Value: Comparable>(_ value: (WorkRow) -> Value, down: Bool = false) -> Bool? {
            let (one, other) = (value(left), value(right))
            return one == other ? nil : (one < other) != down
        }
        let rowOrder = left.job.row < right.job.row
        switch self {
        case .state:
            let ranks = ordered { TopOrder.rank($0.state) }
            // Of what is over the latest stands first; of what lives the oldest, which is next to end or to be looked after.
            return ranks ?? ordered({ $0.job.finishedAt?.milliseconds ?? .max }, down: true)
                ?? ordered({ $0.age(at: now) }, down: true) ?? rowOrder
        case .age: return ordered({ $0.age(at: now) }, down: true) ?? rowOrder
        case .tokens: return ordered({ $0.usage?.usage.total ?? 0 }, down: true) ?? rowOrder
        case .cost: return ordered({ $0.usage?.knownCost ?? .zero }, down: true) ?? rowOrder
        case .module: return ordered { $0.job.module ?? "" } ?? rowOrder
        }
    }

    /// What waits for a person comes first, then what runs, what waits for something else, and what is over.
    private static func rank(_ state: String) -> Int {
        switch state {
        case "needs_input", "orphaned": 0
        case "running", "starting", "ending": 1
        case "retrying", "parked", "blocked": 2
        case "queued", "waiting", "held": 3
        default: 4
        }
    }
}
