/// What a job may cost or has cost: money, tokens, sessions and time together.
package struct Spending: Sendable, Hashable, AdditiveArithmetic {
    package var money: Money
    package var tokens: Int64
    package var sessions: Int64
    /// Time that sessions lived, added up.
    package var time: Duration

    /// These amounts.
    package init(money: Money = .zero, tokens: Int64 = 0, sessions: Int64 = 0, time: Duration = .zero) {
        self.money = money
        self.tokens = tokens
        self.sessions = sessions
        self.time = time
    }

    package static let zero = Spending()
    /// What both have spent, amount by amount.
    package static func + (left: Spending, right: Spending) -> Spending {
        Spending(
            money: left.money + right.money, tokens: left.tokens.saturating(plus: right.tokens),
            sessions: left.sessions.saturating(plus: right.sessions), time: left.time + right.time)
    }
    /// What is left of `left` without `right`, amount by amount; it may be below zero.
    package static func - (left: Spending, right: Spending) -> Spending {
        Spending(
            money: left.money - right.money, tokens: left.tokens.saturating(minus: right.tokens),
            sessions: left.sessions.saturating(minus: right.sessions), time: left.time - right.time)
    }

    /// The larger of both in each amount.
    package func atLeast(_ other: Spending) -> Spending {
        Spending(
            money: max(money, other.money), tokens: max(tokens, other.tokens), sessions: max(sessions, other.sessions),
            time: max(time, other.time))
    }
}

/// Names what a budget is for.
package enum BudgetName: Hashable, Sendable {
    case job(Identifier)
    case run(Identifier)
    /// What attempts with a slot in this pool spend from midnight to midnight (UTC).
    case day(Pool)

    /// The budget as people read it.
    package var text: String {
        switch self {
        case .job(let id): "job " + id.short
        case .run(let id): "run " + id.short
        case .day(.global): "today"
        case .day(let pool): pool.text + " today"
        }
    }
}

/// What a budget allows; an amount that is nil has no limit.
package struct BudgetLimit: Sendable, Hashable {
    package var money: Money?
    package var tokens: Int64?
    package var sessions: Int64?
    package var time: Duration?

    /// A limit of these amounts.
    package init(money: Money? = nil, tokens: Int64? = nil, sessions: Int64? = nil, time: Duration? = nil) {
        self.money = money
        self.tokens = tokens
        self.sessions = sessions
        self.time = time
    }

    /// Which amounts `spending` lies over.
    package func exceeded(by spending: Spending) -> [BudgetQuantity] { passed(by: spending) { $0 > 0 } }

    /// Which amounts `spending` has used up.
    package func reached(by spending: Spending) -> [BudgetQuantity] { passed(by: spending) { $0 >= 0 } }

    private func passed(by spending: Spending, _ isTooMuch: (Int) -> Bool) -> [BudgetQuantity] {
        func judge<Amount: Comparable>(_ limit: Amount?, _ amount: Amount) -> Bool {
            guard let limit else { return false }
            return isTooMuch(amount > limit ? 1 : amount == limit ? 0 : -1)
        }
        var result: [BudgetQuantity] = []
        if judge(money, spending.money) { result.append(.money) }
        if judge(tokens, spending.tokens) { result.append(.tokens) }
        if judge(sessions, spending.sessions) { result.append(.sessions) }
        if judge(time, spending.time) { result.append(.time) }
        return result
    }
}

/// What a budget can run out of.
package enum BudgetQuantity: String, Sendable, CaseIterable {
    case money, tokens, sessions, time
}

/// What happens when a budget is used up.
package enum BudgetReaction: String, Sendable, CaseIterable {
    /// What runs goes on to its end; nothing new starts.
    case stopNew = "stop_new"
    /// What runs is asked to end, too.
    case interrupt
    /// What runs is killed.
    case kill
}

/// May a reservation be made? Asked by the scheduler, and again by the store inside the transaction that makes it.
package struct BudgetRule: Sendable {
    /// The rule; it holds no state.
    package init() {}

    /// Why `wanted` cannot be reserved; nil when it can.
    ///
    /// `spent` was settled, `reserved` is promised to attempts that live.
    package func refusal(
        reserving wanted: Spending, under limit: BudgetLimit, spent: Spending, reserved: Spending
    ) -> BudgetRefusal? {
        guard let quantity = limit.exceeded(by: spent + reserved + wanted).first else { return nil }
        // What is reserved may come back unspent, and then there is room. What is spent never does.
        return limit.exceeded(by: spent + wanted).isEmpty ? .reserved(quantity) : .spent(quantity)
    }
}

/// Why a reservation was refused.
package enum BudgetRefusal: Sendable, Hashable {
    /// It would fit if attempts that live gave back what they do not use.
    case reserved(BudgetQuantity)
    /// It will never fit into what is left.
    case spent(BudgetQuantity)
}
