package import Model
package import Store
import StreamJSON

/// What a run may use in all and has used, by what the store knows of it.
package struct BudgetStand: Sendable {
    /// A budget and what was used of it.
    package struct Account: Sendable {
        package var limit: BudgetLimit
        package var spent: Spending

        /// The amounts that are used up.
        package var usedUp: [BudgetQuantity] { limit.reached(by: spent) }
    }

    /// That of the run; nil where it has none.
    package let run: Account?
    /// Those of single jobs that have one of their own, by job.
    package let jobs: [Identifier: Account]

    /// What all sessions of a run have used.
    package static func spending(of detail: RunDetail) -> Spending {
        detail.sessions.reduce(.zero) { $0 + AttemptHistory.spending(of: $1) }
    }

    /// The budgets of a run with these jobs and sessions.
    package init(_ row: RunRow, jobs rows: [JobRow], sessions: [SessionRow]) {
        var spent: [Identifier: Spending] = [:]
        for session in sessions { spent[session.job, default: .zero] += AttemptHistory.spending(of: session) }
        let spec = (try? JSONValue(parsing: row.spec)).flatMap { RunSpec($0) }
        run = spec?.budget.map { Account(limit: $0.limit, spent: spent.values.reduce(.zero, +)) }
        var jobs: [Identifier: Account] = [:]
        for row in rows {
            guard let budget = (try? JSONValue(parsing: row.spec)).flatMap({ JobSpec($0) })?.budget else { continue }
            jobs[row.id] = Account(limit: budget.limit, spent: spent[row.id] ?? .zero)
        }
        self.jobs = jobs
    }
}

/// The amounts that a person allows a run or a job in all, in place of those that it had.
package struct RaisedBudget: Sendable, Hashable {
    package var limit: BudgetLimit
    /// The jobs that are meant where they have a budget of their own; empty means the run.
    package var jobs: Set<Identifier> = []

    /// Allows these amounts.
    package init(_ limit: BudgetLimit, jobs: Set<Identifier> = []) {
        self.limit = limit
        self.jobs = jobs
    }

    /// `budget` with these amounts in it.
    func applied(to budget: RunBudget?) -> RunBudget {
        var budget = budget ?? RunBudget(BudgetLimit(), .interrupt)
        budget.limit.money = limit.money ?? budget.limit.money
        budget.limit.tokens = limit.tokens ?? budget.limit.tokens
        budget.limit.sessions = limit.sessions ?? budget.limit.sessions
        budget.limit.time = limit.time ?? budget.limit.time
        return budget
    }

    /// What a run keeps, with these amounts as its budget.
    func applied(to document: JSONObject, ofBatch isBatch: Bool) -> JSONObject {
        var document = document
        let budget = applied(to: RunSpec(.object(document))?.budget)
        document["budget"] = .object(budget.json)
        // As earlier versions wrote it, and stronger than the budget.
        document["max_cost_nanos"] = nil
        if isBatch, let money = limit.money { document["most_nanos"] = .integer(money.nanos) }
        return document
    }
}
