import Batch
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

    /// What a batch may use: of what its file and the settings say, the smaller. Nil when neither says anything.
    ///
    /// What is done then is the file's to say, where it has a budget; a limit of the command line interrupts.
    init?(_ said: BatchBudget, within other: RunBudget?, isForced: Bool) {
        func least<Value: Comparable>(_ values: Value?...) -> Value? { values.compactMap { $0 }.min() }
        let own = BudgetLimit(money: said.money, tokens: said.tokens, sessions: said.sessions, time: said.time)
        let limit = BudgetLimit(
            money: least(own.money, other?.limit.money), tokens: least(own.tokens, other?.limit.tokens),
            sessions: least(own.sessions, other?.limit.sessions), time: least(own.time, other?.limit.time))
        guard limit != BudgetLimit() else { return nil }
        var reaction = own == BudgetLimit() ? other?.reaction ?? .stopNew : said.reaction
        if isForced, reaction == .stopNew { reaction = .interrupt }
        self.init(limit, reaction)
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

/// What the attempts with a slot in a pool may cost from midnight to midnight (UTC), over all runs of the store.
package struct DayBudget: Sendable, Hashable {
    package var pool: Pool
    package var most: Money

    /// A day of `pool` may cost this.
    package init(_ pool: Pool, _ most: Money) {
        self.pool = pool
        self.most = most
    }

    /// The budget as JSON; `init(json:)` reads it back.
    package var json: JSONObject { ["pool": .string(pool.text), "nanos": .integer(most.nanos)] }

    /// Reads what `json` wrote; nil when it is something else.
    package init?(json value: JSONValue) {
        guard let pool = value["pool"]?.string.flatMap({ Pool($0) }), let nanos = value["nanos"]?.integer else {
            return nil
        }
        self.init(pool, Money(nanos: nanos))
    }
}

/// A pool that settings or a batch declare.
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
