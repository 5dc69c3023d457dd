package import Model

extension JobQueue {
    /// A budget as it stands now: what is spent, promised and guessed.
    package func budget(_ name: BudgetName) -> BudgetBook.Account? { budgets.account(name) }

    /// Sets what a budget allows and what the other coordinators have taken of it.
    mutating func budget(
        _ name: BudgetName, _ limit: BudgetLimit, _ reaction: BudgetReaction, elsewhere: Spending, _ now: Duration
    ) {
        budgets.change(name) {
            $0.limit = limit
            $0.reaction = reaction
            $0.elsewhere = elsewhere
            // A limit that was raised can be reached again, and is said again.
            if limit.reached(by: $0.spent + elsewhere).isEmpty { $0.isReached = false }
        }
        settled(budgets.place(name))
    }

    /// Midnight: what was spent belongs to the day before. What is promised is still to be paid.
    mutating func renew(_ name: BudgetName) {
        budgets.change(name) {
            $0.spent = .zero
            $0.elsewhere = .zero
            $0.guesses = 0
            $0.guessed = .zero
            $0.isReached = false
        }
        room.ease(.budget(budgets.place(name)))
    }

    /// A live attempt says what it has spent since it said so last.
    mutating func spent(_ id: Identifier, _ spending: Spending, _ now: Duration) {
        guard let slot = index[id], let entry = entries[slot], entry.isRunning else { return }
        budgets.draw(id, spending)
        for place in entry.budgets { settled(place) }
    }

    /// Something was paid or given back.
    mutating func settled(_ place: Int) {
        room.ease(.budget(place))
        if !budgets.accounts[place].usedUp.isEmpty { reached(place) }
    }

    /// A budget is used up: what its reaction asks for is done, once.
    mutating func reached(_ place: Int) {
        let account = budgets.accounts[place]
        guard !account.isReached, !account.usedUp.isEmpty else { return }
        budgets.change(account.name) { $0.isReached = true }
        actions.append(.budgetReached(account.name, overshoot: account.overshoot))
        for slot in entries.indices {
            guard let entry = entries[slot], !entry.isFinal, entry.budgets.contains(place) else { continue }
            if entry.isRunning {
                if account.reaction != .stopNew { end(slot, .budget, kill: account.reaction == .kill) }
            } else if !renews(place), !budgets.holds(entry.job.id) {
                leaveOut(slot, Failure(.budget, "Not started: the budget of \(account.name.text) is used up."))
            }
        }
    }

    /// Ends a job for which no money is left: one that was tried before has failed.
    mutating func leaveOut(_ slot: Int, _ failure: Failure) {
        finish(slot, entries[slot]?.attempt == 0 ? .skipped : .failed, failure)
    }

    /// True for budgets that begin anew by themselves: their jobs wait.
    func renews(_ place: Int) -> Bool { if case .day = budgets.accounts[place].name { true } else { false } }

    func budgetFailure(_ refused: BudgetBook.Refused, _ words: String) -> Failure {
        let quantity =
            switch refused.refusal {
            case .reserved(let quantity), .spent(let quantity): quantity
            }
        let name = budgets.accounts[refused.budget].name.text
        return Failure(.budget, "\(words) the budget of \(name) has left (\(quantity.rawValue)).")
    }
}
