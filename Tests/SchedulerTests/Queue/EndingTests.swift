import Model
import Scheduler
import Testing

/// What follows from the ends of attempts that were none, of jobs that are over already, and of groups whose rows never came.
@Suite struct EndingTests {
    private let provider = Pool.provider("claude")

    @Test func `what never ran costs no budget, and blocks nobody`() {
        var desk = Desk()
        desk.tell(.budget(.run(id("r")), BudgetLimit(sessions: 1), .stopNew, elsewhere: .zero))
        desk.limit(.global, 1)
        for index in 0..<8 {
            desk.add(
                job("j\(index)") {
                    $0.budgets = [.run(id("r"))]
                    $0.estimate = Spending(sessions: 1)
                    $0.pools = [.global, provider]
                })
        }
        for index in 0..<7 {
            var end = JobQueue.AttemptEnd(
                index < 6 ? .failed : .completed, index < 6 ? Failure(.crash, "its words") : nil)
            end.hasRun = false
            desk.tell(.attemptEnded(job: id("j\(index)"), end))
            if index < 6 { _ = desk.tell(.cancel(.job(id("j\(index)")))) }
        }
        // Neither six of them in no time, nor a budget of one session, keep the last one from starting.
        #expect(desk.queue.budget(.run(id("r")))?.spent.sessions == 0)
        #expect(desk.why("j7") == nil)
    }

    @Test func `the next attempt waits in the pools that it will need, before its turn is found`() {
        var desk = Desk()
        desk.limit(provider, 1)
        let other = Pool.provider("codex")
        desk.add(
            job("a") {
                $0.pools = [.global, provider]
                $0.retry = RetryRules(usual: RetryPolicy(attempts: 2, backoff: Backoff(delay: .zero)))
            })
        desk.tell(.pause(other))
        var end = JobQueue.AttemptEnd(.failed, Failure(.overload, "busy"))
        end.nextPools = [.global, other, other]
        desk.tell(.attemptEnded(job: id("a"), end))
        #expect(desk.started.isEmpty)
        #expect(desk.why("a")?.contains("unpause provider:codex") == true)
        desk.tell(.unpause(other))
        #expect(desk.started == ["a"])
    }

    @Test func `what is held is not decided about, and is when it is released`() {
        var desk = Desk()
        desk.add(
            job("first"),
            job("then") {
                $0.needs = [Dependency(.job(id("first")), .success)]
                $0.isConditional = true
            })
        desk.tell(.hold(.job(id("then"))))
        desk.complete("first")
        #expect(!desk.last.contains(.decide(job: id("then"))))
        #expect(desk.why("then")?.contains("a person to release it") == true)
        desk.tell(.release(.job(id("then"))))
        #expect(desk.last.contains(.decide(job: id("then"))))
    }

    @Test func `an end of before stops nobody whom a person asked for since`() {
        var desk = Desk()
        let group = JobGroup(id("g"), run: id("r"), name: "g", failFast: true, halt: HaltRule("now,fail=1"))
        let failed = job("a") {
            $0.group = id("g")
            $0.record = QueuedJob.Record(state: .failed, attempt: 1, tries: 1, failure: Failure(.crash, "x"))
        }
        desk.add(failed, job("b") { $0.group = id("g") }, groups: [group])
        #expect(desk.started == ["b"])
        #expect(desk.finished.isEmpty)
    }

    @Test func `a refusal by the store leaves what is written as it is`() {
        var desk = Desk()
        desk.limit(.global, 2)
        desk.add(job("a") { $0.record = QueuedJob.Record(state: .queued) })
        #expect(desk.started == ["a"])
        desk.tell(.refused(job: id("a"), .full(.global, PoolUse(batch: 2))))
        #expect(desk.recorded.isEmpty)
    }

    @Test func `ten thousand that are late in one moment are told so at once`() {
        var desk = Desk()
        desk.limit(.global, 1)
        let late = (0..<10_000).map { index in
            QueuedJob(.random(), run: id("r"), name: "j\(index)", queueTimeout: .seconds(1))
        }
        desk.tell(.add(late, groups: [], together: false))
        // Quadratic, this took minutes; the test's own time limit is what would tell.
        desk.pass(.seconds(2))
        #expect(desk.finished.count == 9999)
    }

    @Test func `everybody's place in the line is found in one pass, as it is found alone`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.limit(provider, 2)
        desk.add(job("a") { $0.pools = [.global, provider] })
        for index in 0..<30 {
            desk.add(
                job("j\(index)", run: index.isMultiple(of: 3) ? "s" : "r") {
                    $0.priority = index % 4
                    $0.pools = index.isMultiple(of: 2) ? [.global, provider] : [.global]
                })
        }
        // Of its own run, at its own priority or before it: 10 of a higher one, and j2 and j6 of its own (j2, j14, j26 …).
        let turns = desk.queue.turns()
        let waiting = desk.queue.waiting(id("j10"), at: .zero, turns: turns)
        let alone = desk.queue.waiting(id("j10"), at: .zero)
        #expect(waiting == alone)
        let higher = (0..<30).count { $0 % 4 > 2 }
        let earlier = (0..<10).count { $0 % 4 == 2 && !$0.isMultiple(of: 3) }
        #expect(waiting?.reasons.contains(.turn(ahead: higher + earlier)) == true, "\(String(describing: waiting))")
    }
}
