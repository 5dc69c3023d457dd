import Coordinator
import Model
import Store

/// Why a run was stopped by a budget, and the command that lets it go on.
enum BudgetWords {
    /// The stop of a run that ended with the status for budgets; nil when none of its own budgets is used up.
    static func stop(of detail: RunDetail) -> TuttiError? {
        guard detail.run.exit == ExitCode.budget.rawValue else { return nil }
        let stand = BudgetStand(detail.run, jobs: detail.jobs, sessions: detail.sessions)
        let id = detail.run.id.short
        if let run = stand.run, !run.usedUp.isEmpty {
            let isNothing = detail.sessions.isEmpty
            return TuttiError(
                .budget,
                "Run \(id) has used up its budget: \(amounts(run))\(isNothing ? ", so nothing was begun" : "").",
                hint: "allow more in all, and go on with what is left: \(command(id, run))")
        }
        let job = detail.jobs.first { $0.failureClass == .budget && stand.jobs[$0.id]?.usedUp.isEmpty == false }
        guard let job, let account = stand.jobs[job.id] else { return nil }
        return TuttiError(
            .budget, "\(job.module ?? job.kind) has used up its budget: \(amounts(account)).",
            hint: "allow it more in all: \(command(job.id.short, account))")
    }

    /// That a run used more than its budget allows, and why; nil when it did not, or was stopped for it.
    static func overshoot(of detail: RunDetail) -> TuttiError? {
        guard detail.run.state.isFinal, stop(of: detail) == nil else { return nil }
        let stand = BudgetStand(detail.run, jobs: detail.jobs, sessions: detail.sessions)
        guard let account = stand.run else { return nil }
        let exceeded = account.limit.exceeded(by: account.spent)
        guard !exceeded.isEmpty else { return nil }
        return TuttiError(
            .budget, "Run \(detail.run.id.short) has used more than its budget: \(amounts(account, exceeded)).",
            hint: "what a session cost is known when it is over, and others ran by then; fewer at one time: -j 1")
    }

    private static func amounts(_ account: BudgetStand.Account) -> String { amounts(account, account.usedUp) }

    private static func amounts(_ account: BudgetStand.Account, _ quantities: [BudgetQuantity]) -> String {
        quantities.map { quantity in
            switch quantity {
            case .money:
                "\(Amounts.money(account.spent.money)) of \(Amounts.money(account.limit.money))"
            case .tokens:
                "\(Amounts.grouped(account.spent.tokens)) of \(Amounts.grouped(account.limit.tokens ?? 0)) tokens"
            case .sessions: "\(account.spent.sessions) of \(account.limit.sessions ?? 0) sessions"
            case .time: "\(span(account.spent.time)) of \(span(account.limit.time ?? .zero)) of sessions"
            }
        }.joined(separator: ", ")
    }

    /// The command that allows twice as much.
    private static func command(_ id: String, _ account: BudgetStand.Account) -> String {
        let options = account.usedUp.map { quantity in
            switch quantity {
            case .money:
                let more = max(account.limit.money ?? .zero, account.spent.money)
                return "--max-cost \((more == .zero ? Money(micros: 1_000_000) : more + more).dollars)"
            case .tokens: return "--max-tokens \(twice(account.limit.tokens, account.spent.tokens))"
            case .sessions: return "--max-sessions \(twice(account.limit.sessions, account.spent.sessions))"
            case .time:
                let more = max(account.limit.time ?? .zero, account.spent.time)
                return "--max-time \(max(1, more.wholeMilliseconds / 500))s"
            }
        }
        return "tutti retry \(id) " + options.joined(separator: " ")
    }

    private static func twice(_ limit: Int64?, _ spent: Int64) -> Int64 {
        let more = max(limit ?? 0, spent, 1)
        return more.saturating(plus: more)
    }

    private static func span(_ time: Duration) -> String { Amounts.span(milliseconds: time.wholeMilliseconds) }
}
