package import Model

/// Promises parts of budgets to attempts before they begin, and settles what they really cost.
///
/// What is promised counts as if it were spent, so that twenty attempts that start together cannot each count on the same
/// last dollar. Overshoot is what attempts cost over their estimates: it is bounded by what runs, and said.
package struct BudgetBook: Sendable {
    /// One budget and how it stands.
    package struct Account: Sendable, Hashable {
        package let name: BudgetName
        package var limit: BudgetLimit
        package var reaction: BudgetReaction
        /// Settled by this coordinator.
        package var spent = Spending.zero
        /// Promised to attempts that live here.
        package var reserved = Spending.zero
        /// Spent and promised by the other coordinators of the store.
        package var elsewhere = Spending.zero
        /// Attempts that did not say what they cost, and what was counted for them instead.
        package var guesses = 0
        package var guessed = Spending.zero
        /// True once something was refused or passed; said once.
        package var isReached = false

        /// How far the spending lies over the limit; zero in each amount that does not.
        package var overshoot: Spending {
            let over = spent + elsewhere
            return Spending(
                money: limit.money.map { max(.zero, over.money - $0) } ?? .zero,
                tokens: limit.tokens.map { max(0, over.tokens - $0) } ?? 0,
                sessions: limit.sessions.map { max(0, over.sessions - $0) } ?? 0,
                time: limit.time.map { max(.zero, over.time - $0) } ?? .zero)
        }

        /// The amounts that are used up.
        package var usedUp: [BudgetQuantity] { limit.reached(by: spent + elsewhere) }
    }

    /// What is promised to one attempt.
    private struct Reservation: Sendable {
        let budgets: [Int]
        let estimate: Spending
        /// What is left of the promise.
        var left: Spending
        /// What was already reported and moved from promised to spent.
        var drawn = Spending.zero
    }

    /// Why a reservation failed, and where.
    package struct Refused: Sendable, Hashable {
        package var budget: Int
        package var refusal: BudgetRefusal
    }

    package private(set) var accounts: [Account] = []
    private var index: [BudgetName: Int] = [:]
    private var reservations: [Identifier: Reservation] = [:]
    private var vacant: [Int] = []

    /// An empty book.
    package init() {}

    /// The place of the budget named `name`; one that nobody has defined has no limit.
    package mutating func place(_ name: BudgetName) -> Int {
        if let known = index[name] { return known }
        let account = Account(name: name, limit: BudgetLimit(), reaction: .stopNew)
        let place = vacant.popLast() ?? accounts.count
        if place == accounts.count { accounts.append(account) } else { accounts[place] = account }
        index[name] = place
        return place
    }

    /// Forgets a budget of which nothing is left to pay.
    package mutating func close(_ name: BudgetName) {
        if let place = index.removeValue(forKey: name) { vacant.append(place) }
    }

    /// The budget named `name`, if anybody has used it.
    package func account(_ name: BudgetName) -> Account? { index[name].map { accounts[$0] } }

    /// Changes one budget: its limit, what others have spent, or a new day.
    package mutating func change(_ name: BudgetName, _ body: (inout Account) -> Void) {
        body(&accounts[place(name)])
    }

    /// What stands against promising `estimate` now; nil when nothing does.
    package func refusal(_ estimate: Spending, in budgets: [Int]) -> Refused? {
        for place in budgets {
            let account = accounts[place]
            let refusal = BudgetRule().refusal(
                reserving: estimate, under: account.limit, spent: account.spent + account.elsewhere,
                reserved: account.reserved)
            if let refusal { return Refused(budget: place, refusal: refusal) }
            // An estimate of nothing fits into a budget that is used up to the last token.
            if let quantity = account.usedUp.first { return Refused(budget: place, refusal: .spent(quantity)) }
        }
        return nil
    }

    /// Promises `estimate` to an attempt of `job` in all of its budgets, or in none. What is promised already stands.
    package mutating func reserve(_ job: Identifier, _ estimate: Spending, in budgets: [Int]) -> Refused? {
        guard !budgets.isEmpty, reservations[job] == nil else { return nil }
        if let refused = refusal(estimate, in: budgets) { return refused }
        restore(job, estimate, in: budgets)
        return nil
    }

    /// Notes a promise that was made before: to an attempt that lived when its coordinator died.
    package mutating func restore(_ job: Identifier, _ estimate: Spending, in budgets: [Int]) {
        guard !budgets.isEmpty, reservations[job] == nil else { return }
        for place in budgets { accounts[place].reserved += estimate }
        reservations[job] = Reservation(budgets: budgets, estimate: estimate, left: estimate)
    }

    /// Promises to all of `wishes` in one step, or to none of them.
    package mutating func reserve(
        together wishes: [(job: Identifier, estimate: Spending, budgets: [Int])]
    ) -> Refused? {
        var trial = self
        for wish in wishes {
            if let refused = trial.reserve(wish.job, wish.estimate, in: wish.budgets) { return refused }
        }
        self = trial
        return nil
    }

    /// True when something is promised to `job`.
    package func holds(_ job: Identifier) -> Bool { reservations[job] != nil }

    /// The attempt reports what it has spent since its last report.
    package mutating func draw(_ job: Identifier, _ spending: Spending) {
        guard var reservation = reservations[job] else { return }
        let rest = (reservation.left - spending).atLeast(.zero)
        for place in reservation.budgets {
            accounts[place].spent += spending
            accounts[place].reserved += rest - reservation.left
        }
        reservation.left = rest
        reservation.drawn += spending
        reservations[job] = reservation
    }

    /// The attempt is over and has cost `actual` in all; money and tokens that nobody knows count by the estimate.
    package mutating func settle(_ job: Identifier, money: Money?, tokens: Int64?, time: Duration) {
        guard let reservation = reservations.removeValue(forKey: job) else { return }
        let guess = reservation.estimate.atLeast(reservation.drawn)
        let actual = Spending(
            money: money ?? guess.money, tokens: tokens ?? guess.tokens, sessions: 1, time: time)
        for place in reservation.budgets {
            accounts[place].reserved -= reservation.left
            accounts[place].spent += (actual - reservation.drawn).atLeast(.zero)
            guard money == nil || tokens == nil else { continue }
            accounts[place].guesses += 1
            accounts[place].guessed += Spending(
                money: money == nil ? guess.money : .zero, tokens: tokens == nil ? guess.tokens : 0)
        }
    }

    /// Gives a promise back: the attempt never began.
    package mutating func release(_ job: Identifier) {
        guard let reservation = reservations.removeValue(forKey: job) else { return }
        for place in reservation.budgets { accounts[place].reserved -= reservation.left }
    }
}
