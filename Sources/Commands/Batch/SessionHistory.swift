import Model
import Store

/// What sessions of each kind took and cost before.
struct SessionHistory: Sendable {
    /// The middle of what some sessions took.
    struct Typical: Sendable, Hashable {
        var milliseconds: Int64
        /// Nil when none of them stated a price.
        var cost: Money?
        /// How many sessions say so.
        var sessions: Int
    }

    private let typical: [SessionKind: Typical]

    /// The medians of these sessions.
    init(_ sessions: [SessionKind: [PastSession]] = [:]) {
        typical = sessions.compactMapValues { sessions in
            guard let time = SessionHistory.median(sessions.map(\.milliseconds)) else { return nil }
            let cost = SessionHistory.median(sessions.compactMap { $0.cost?.nanos }).map { Money(nanos: $0) }
            return Typical(milliseconds: time, cost: cost, sessions: sessions.count)
        }
    }

    /// What a session of this kind typically takes; nil where none is known.
    subscript(kind: SessionKind) -> Typical? { typical[kind] }

    /// The value in the middle, or half way between the two there; nil of nothing.
    static func median(_ values: [Int64]) -> Int64? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let upper = sorted[sorted.count / 2]
        guard sorted.count.isMultiple(of: 2) else { return upper }
        let lower = sorted[sorted.count / 2 - 1]
        return lower.saturating(plus: upper.saturating(minus: lower) / 2)
    }
}
