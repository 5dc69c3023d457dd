import Model
import Scheduler
import Testing

@Suite struct BudgetTests {
    private let cent = Money(nanos: 10_000_000)
    private let run = BudgetName.run(id("r"))

    private func cents(_ count: Int64) -> Money { Money(nanos: 10_000_000 * count) }

    private func desk(_ count: Int, limit: Int64, _ reaction: BudgetReaction = .stopNew) -> Desk {
        var desk = Desk()
        desk.tell(.budget(run, BudgetLimit(money: cents(limit)), reaction, elsewhere: .zero))
        desk.tell(.add(jobs(count), groups: [], together: false))
        return desk
    }

    private func jobs(_ count: Int) -> [QueuedJob] {
        (0..<count).map { index in
            job("j\(index)") {
                $0.budgets = [run]
                $0.estimate = Spending(money: cent, sessions: 1)
            }
        }
    }

    private func end(_ desk: inout Desk, _ name: String, cost: Money?) {
        desk.tell(.attemptEnded(job: id(name), JobQueue.AttemptEnd(.completed, money: cost, tokens: 1)))
    }

    @Test func `no more start together than the budget can pay`() {
        var desk = desk(20, limit: 10)
        #expect(desk.started.count == 10)
        #expect(desk.why("j19")?.contains("money in the budget of run 000000") == true)
        // It cost half of what was promised: there is room for one more after two of them.
        end(&desk, "j0", cost: Money(nanos: 5_000_000))
        #expect(desk.started.isEmpty)
        end(&desk, "j1", cost: Money(nanos: 5_000_000))
        #expect(desk.started == ["j10"])
    }

    @Test func `what is used up stops new jobs, and the overshoot is said`() {
        var desk = desk(20, limit: 10)
        for index in 0..<9 { end(&desk, "j\(index)", cost: cent) }
        end(&desk, "j9", cost: cents(3))
        #expect(desk.last.contains(.budgetReached(run, overshoot: Spending(money: cents(2)))))
        #expect(desk.finished.count { $0.hasSuffix("skipped") } == 10)
    }

    @Test(arguments: [BudgetReaction.interrupt, .kill]) func `it ends what runs, if it is to`(
        _ reaction: BudgetReaction
    ) {
        var desk = desk(4, limit: 10, reaction)
        desk.tell(.spent(job: id("j0"), Spending(money: cents(11))))
        let ends = desk.last.filter {
            if case .end(_, .budget, let kill) = $0 { kill == (reaction == .kill) } else { false }
        }
        #expect(ends.count == 4)
        desk.fail("j1", .overload)
        #expect(desk.finished == ["j1 failed"])
    }

    @Test func `what nobody states counts by its estimate, and is counted as a guess`() {
        var desk = desk(1, limit: 10)
        end(&desk, "j0", cost: nil)
        #expect(desk.finished == ["j0 completed"])
        var open = self.desk(2, limit: 10)
        end(&open, "j0", cost: nil)
        let account = open.queue.budget(run)
        #expect(account?.guesses == 1)
        #expect(account?.guessed.money == cent)
        #expect(account?.spent.money == cent)
    }

    @Test func `a fan-out that the budget cannot pay as a whole does not begin`() {
        var desk = Desk()
        desk.tell(.budget(run, BudgetLimit(money: cents(10)), .stopNew, elsewhere: .zero))
        desk.tell(.add(jobs(11), groups: [], together: true))
        #expect(desk.started.isEmpty)
        #expect(desk.finished.count { $0.hasSuffix("skipped") } == 11)
        desk = Desk()
        desk.limit(.global, 1)
        desk.tell(.budget(run, BudgetLimit(money: cents(10)), .stopNew, elsewhere: .zero))
        #expect(desk.tell(.add(jobs(10), groups: [], together: true)) == ["j0"])
        #expect(desk.queue.budget(run)?.reserved.money == cents(10))
    }

    @Test func `a budget of the day is waited for until it begins anew`() {
        var desk = Desk()
        desk.tell(.budget(.day(.global), BudgetLimit(sessions: 1), .stopNew, elsewhere: .zero))
        let jobs = ["a", "b"].map { name in
            job(name) {
                $0.budgets = [.day(.global)]
                $0.estimate = Spending(sessions: 1)
            }
        }
        #expect(desk.tell(.add(jobs, groups: [], together: false)) == ["a"])
        #expect(desk.complete("a").isEmpty)
        #expect(desk.finished == ["a completed"])
        #expect(desk.why("b") == "It waits for sessions in the budget of today.")
        #expect(desk.tell(.renew(.day(.global))) == ["b"])
    }

    @Test func `what other coordinators have spent counts, and time and tokens do too`() {
        for limit in [BudgetLimit(tokens: 100), BudgetLimit(time: .seconds(10))] {
            var desk = Desk()
            let elsewhere = Spending(tokens: 60, time: .seconds(6))
            desk.tell(.budget(run, limit, .stopNew, elsewhere: elsewhere))
            let jobs = ["a", "b"].map { name in
                job(name) {
                    $0.budgets = [run]
                    $0.estimate = Spending(tokens: 40, time: .seconds(4))
                }
            }
            #expect(desk.tell(.add(jobs, groups: [], together: false)) == ["a"])
        }
    }

    @Test func `an attempt that the store refused pays nothing`() {
        var desk = desk(1, limit: 1)
        desk.limit(.global, 1)
        desk.tell(.refused(job: id("j0"), .full(.global, PoolUse(batch: 1))))
        #expect(desk.queue.budget(run)?.reserved == .zero)
    }
}
