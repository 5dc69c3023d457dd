package import Model
import StreamJSON

/// What a run may use in all, and what is done when it has used it up.
package struct RunBudget: Sendable, Hashable {
    package var limit: BudgetLimit
    package var reaction: BudgetReaction

    /// A budget of these amounts.
    package init(_ limit: BudgetLimit, _ reaction: BudgetReaction) {
        self.limit = limit
        self.reaction = reaction
    }

    /// The budget as JSON; `init(json:)` reads it back.
    package var json: JSONObject {
        var object: JSONObject = ["on_reach": .string(reaction.rawValue)]
        object["nanos"] = limit.money.map { .integer($0.nanos) }
        object["tokens"] = limit.tokens.map { .integer($0) }
        object["sessions"] = limit.sessions.map { .integer($0) }
        object["time_ms"] = limit.time.map { .milliseconds($0) }
        return object
    }

    /// Reads what `json` wrote.
    package init(json value: JSONValue) {
        limit = BudgetLimit(
            money: value["nanos"]?.integer.map { Money(nanos: $0) }, tokens: value["tokens"]?.integer,
            sessions: value["sessions"]?.integer, time: value["time_ms"]?.duration)
        reaction = value["on_reach"]?.string.flatMap(BudgetReaction.init) ?? .stopNew
    }
}

/// A pool that a batch declares.
package struct DeclaredPool: Sendable, Hashable {
    package var pool: Pool
    package var limit: PoolLimit
    /// The limit falls under overload and rises again.
    package var isAdaptive: Bool

    /// A pool with this limit.
    package init(_ pool: Pool, _ limit: PoolLimit, isAdaptive: Bool) {
        self.pool = pool
        self.limit = limit
        self.isAdaptive = isAdaptive
    }

    /// The pool as JSON; `init(json:)` reads it back.
    package var json: JSONObject {
        [
            "pool": .string(pool.text), "max": .optional(limit.max.map { Int64($0) }),
            "reserve": .integer(Int64(limit.reserve)), "adaptive": .bool(isAdaptive),
        ]
    }

    /// Reads what `json` wrote; nil when it is something else.
    package init?(json value: JSONValue) {
        guard let pool = value["pool"]?.string.flatMap({ Pool($0) }) else { return nil }
        self.init(
            pool,
            PoolLimit(
                max: value["max"]?.integer.map { Int($0) }, reserve: Int(value["reserve"]?.integer ?? 0)),
            isAdaptive: value["adaptive"]?.bool ?? false)
    }
}
