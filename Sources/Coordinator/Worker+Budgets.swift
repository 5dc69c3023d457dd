import EventLoop
import Model
import Scheduler
import Store

/// Budgets: what runs, jobs and days may use, and what they have used.
extension Worker {
    /// Tells the queue what a run and its jobs may use, and what they had used before this coordinator took them up.
    func enterBudgets(of run: LiveRun) {
        if let budget = run.spec.budget {
            feed(.budget(.run(run.id), budget.limit, budget.reaction, elsewhere: run.spentBefore))
        }
        for job in run.jobs where !job.queued.record.state.isFinal { enterBudget(of: job) }
        if !run.spec.days.isEmpty { lookAtDays(.now) }
    }

    /// Tells the queue what one job may use with all of its attempts.
    func enterBudget(of job: LiveRun.Job) {
        guard let budget = job.spec.budget else { return }
        feed(.budget(.job(job.id), budget.limit, budget.reaction, elsewhere: job.spentBefore))
    }

    /// Tells the queue what the day has cost so far, in all coordinators, and when a new one has begun.
    ///
    /// The ledger has all that was committed. What this coordinator's own attempts said is counted by the queue, at once.
    func lookAtDays(_ now: Timestamp) {
        // Where several runs speak of one day the smallest amount holds, for as long as they go on.
        let days = Dictionary(
            runs.values.flatMap { $0.spec.days }.map { ($0.pool, $0.most) }, uniquingKeysWith: { min($0, $1) })
        guard !days.isEmpty else { return }
        let day = now.milliseconds / 86_400_000
        if day != today {
            if today != 0 { for pool in days.keys { feed(.renew(.day(pool))) } }
            today = day
        }
        for (pool, most) in days {
            guard let spent = try? store.read({ try $0.spent(on: day, in: pool) }) else { continue }
            let account = queue.budget(.day(pool))
            let own = (account?.spent.money ?? .zero) - (account?.guessed.money ?? .zero)
            let elsewhere = Spending(money: max(.zero, spent - own))
            guard account?.elsewhere != elsewhere || account?.limit.money != most else { continue }
            feed(.budget(.day(pool), BudgetLimit(money: most), .stopNew, elsewhere: elsewhere))
        }
    }
}
