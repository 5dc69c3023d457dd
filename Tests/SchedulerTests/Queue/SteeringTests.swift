import Model
import Scheduler
import Testing

@Suite struct SteeringTests {
    @Test func `a held job waits until it is released, and others pass it`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a"), job("b"), job("c"))
        desk.tell(.hold(.job(id("b"))))
        #expect(desk.recorded == ["b held"])
        #expect(desk.why("b") == "It waits for a person to release it, and one of the 1 slots of global.")
        #expect(desk.complete("a") == ["c"])
        #expect(desk.complete("c").isEmpty)
        #expect(desk.tell(.release(.job(id("b")))) == ["b"])
    }

    @Test func `a hold over a wait keeps the time until which it waits`() {
        var desk = Desk()
        desk.add(job("a") { $0.retry = RetryRules() })
        desk.fail("a", .quota, after: 60)
        desk.tell(.hold(.job(id("a"))))
        #expect(desk.last == [.record(job: id("a"), .held, until: .seconds(60))])
        #expect(desk.why("a")?.contains("the time that the provider named (quota)") == true)
        desk.tell(.release(.job(id("a"))))
        #expect(desk.last == [.record(job: id("a"), .parked, until: .seconds(60))])
        desk.tell(.hold(.job(id("a"))))
        #expect(desk.pass(.seconds(60)).isEmpty)
        #expect(desk.tell(.release(.job(id("a")))) == ["a"])
    }

    @Test func `a job that is held while it runs is held before its next attempt`() {
        var desk = Desk()
        desk.add(job("a"))
        #expect(desk.tell(.hold(.job(id("a")))).isEmpty)
        #expect(desk.recorded.isEmpty)
        desk.fail("a", .overload)
        #expect(desk.recorded == ["a held"])
        #expect(desk.pass(.seconds(30)).isEmpty)
        #expect(desk.tell(.release(.job(id("a")))) == ["a"])
    }

    @Test func `a paused provider starts nothing, and what runs goes on`() {
        var desk = Desk()
        let pool = Pool.provider("claude")
        desk.add(job("a").with(pool))
        desk.tell(.pause(pool))
        #expect(desk.add(job("b").with(pool), job("c")) == ["c"])
        #expect(desk.why("b") == "It waits for a person to unpause provider:claude.")
        #expect(desk.complete("a").isEmpty)
        #expect(desk.tell(.unpause(pool)) == ["b"])
    }

    @Test func `a cancel ends what waits at once and what runs by its ladder`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a"), job("b"))
        desk.tell(.cancel(.run(id("r"))))
        #expect(desk.finished == ["b cancelled"])
        #expect(desk.last.contains(.end(job: id("a"), cause: .cancelled, kill: false)))
        // A success that came first is kept; a failure is not tried again.
        desk.fail("a", .overload)
        #expect(desk.finished == ["a failed"])
    }

    @Test func `a time in the queue runs out, but not under a hold`() {
        var desk = Desk()
        desk.limit(.global, 0)
        desk.add(job("a") { $0.queueTimeout = .seconds(10) }, job("b") { $0.queueTimeout = .seconds(10) })
        desk.pass(.seconds(5))
        desk.tell(.hold(.job(id("b"))))
        desk.pass(.seconds(5))
        #expect(desk.finished == ["a failed"])
        guard case .finish(_, _, let failure?)? = desk.last.first else { return }
        #expect(failure.class == .queueTimeout)
        desk.pass(.seconds(60))
        desk.tell(.release(.job(id("b"))))
        desk.pass(.seconds(9))
        #expect(desk.finished.isEmpty)
        desk.pass(.seconds(1))
        #expect(desk.finished == ["b failed"])
    }

    @Test func `a deadline ends what runs and what waits`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a") { $0.deadline = .seconds(10) }, job("b") { $0.deadline = .seconds(10) })
        desk.pass(.seconds(10))
        #expect(desk.last.contains(.end(job: id("a"), cause: .totalTimeout, kill: false)))
        #expect(desk.finished == ["b failed"])
    }

    @Test func `an attempt that ends as its deadline passes is not asked to end`() {
        var desk = Desk()
        desk.add(job("a") { $0.deadline = .seconds(10) })
        desk.now = .seconds(10)
        desk.complete("a")
        #expect(desk.finished == ["a completed"])
        #expect(!desk.last.contains(.end(job: id("a"), cause: .totalTimeout, kill: false)))
    }

    @Test func `a job that may not begin yet wakes the queue`() {
        var desk = Desk()
        #expect(desk.add(job("a") { $0.notBefore = .seconds(30) }).isEmpty)
        #expect(desk.last == [.record(job: id("a"), .waiting, until: .seconds(30))])
        #expect(desk.queue.nextWake(after: desk.now) == .seconds(30))
        #expect(desk.pass(.seconds(30)) == ["a"])
    }

    @Test func `as many start as the machine has room for, until it is looked at again`() {
        var desk = Desk()
        desk.tell(.admission(refusal: nil, starts: 2))
        desk.add(job("a"), job("b"), job("c"), job("d"))
        #expect(desk.started == ["a", "b"])
        #expect(desk.complete("a").isEmpty)
        #expect(desk.tell(.admission(refusal: nil, starts: 1)) == ["c"])
        #expect(desk.tell(.admission(refusal: nil)) == ["d"])
    }

    @Test func `nothing starts while the machine has no room`() {
        var desk = Desk()
        desk.tell(.admission(refusal: "3 MiB of memory are available"))
        #expect(desk.add(job("a")).isEmpty)
        #expect(desk.why("a") == "It waits for room on this machine: 3 MiB of memory are available.")
        #expect(desk.tell(.admission(refusal: nil)) == ["a"])
    }

    @Test func `why says how many go before, and for how long`() {
        var desk = Desk()
        desk.limit(.global, 2)
        for name in ["a", "b", "c", "d", "e"] { desk.add(job(name) { $0.expected = .seconds(60) }) }
        #expect(
            desk.why("e")
                == "It waits for one of the 2 slots of global, and its turn: 2 jobs go before it, about 60 s.")
        desk.limit(.global, 3)
        #expect(desk.why("c") == nil)
    }

    @Test
    func `a run that is forgotten gives everything back but what it has paid, and goes on when it is added again`() {
        var desk = Desk()
        desk.limit(.global, 2)
        desk.tell(.budget(.run(id("r")), BudgetLimit(tokens: 100), .stopNew, elsewhere: .zero))
        func part(_ name: String, state: JobState = .queued, attempt: Int = 0) -> QueuedJob {
            job(name) {
                $0.budgets = [.run($0.run)]
                $0.estimate = Spending(tokens: 10)
                $0.record = QueuedJob.Record(state: state, attempt: attempt, tries: attempt)
            }
        }
        #expect(desk.add(part("a"), part("b"), part("c")) == ["a", "b"])
        desk.tell(.spent(job: id("a"), Spending(tokens: 4)))
        desk.tell(.forget(run: id("r")))
        #expect(desk.last.isEmpty)
        #expect(desk.queue.use(of: .global) == .zero)
        #expect(desk.complete("a") == [])
        // The attempt of `a` lives, that of `b` was never written; `c` is not wanted any more, and `d` is new.
        #expect(desk.add(part("a", state: .running, attempt: 1), part("b"), part("d")) == ["b"])
        #expect(desk.queue.use(of: .global) == PoolUse(batch: 2))
        let account = desk.queue.budget(.run(id("r")))
        #expect(account?.spent.tokens == 4)
        #expect(account?.reserved.tokens == 16)
        var end = JobQueue.AttemptEnd(.completed, tokens: 9)
        end.money = .zero
        #expect(desk.tell(.attemptEnded(job: id("a"), end)) == ["d"])
        #expect(desk.queue.budget(.run(id("r")))?.spent.tokens == 9)
        desk.complete("b")
        desk.complete("d")
        #expect(
            desk.last.contains {
                if case .finishRun(let run, let tally) = $0 { run == id("r") && tally.completed == 3 } else { false }
            })
    }
}
