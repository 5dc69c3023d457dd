import Model
import Scheduler
import Testing

/// Groups that stop by how their jobs end, jobs that are stopped from outside, and attempts that never were.
@Suite struct StoppingTests {
    private func desk(_ names: [String], slots: Int, _ change: (inout JobGroup) -> Void) -> Desk {
        var desk = Desk()
        var group = JobGroup(id("g"), run: id("r"), maxParallel: slots)
        change(&group)
        let jobs = names.map {
            job($0) {
                $0.group = id("g"); $0.pools.append(.group(id("g")))
            }
        }
        desk.tell(.add(jobs, groups: [group], together: false))
        return desk
    }

    private func stops(_ desk: Desk) -> [RunRules.Stop] {
        desk.last.compactMap { if case .stopGroup(_, let reason) = $0 { reason } else { nil } }
    }

    private func ends(_ desk: Desk) -> Int {
        desk.last.count { if case .end(_, .cancelled, kill: false) = $0 { true } else { false } }
    }

    @Test func `enough answers skip what waits, and end what runs, before anything else is started`() {
        var desk = desk(["a", "b", "c", "d"], slots: 2) { $0.enough = 1 }
        #expect(desk.started == ["a", "b"])
        #expect(desk.complete("a").isEmpty)
        #expect(stops(desk) == [.enough])
        #expect(desk.finished == ["a completed", "c skipped", "d skipped"])
        #expect(ends(desk) == 1)
        desk.tell(.attemptEnded(job: id("b"), JobQueue.AttemptEnd(.cancelled)))
        #expect(desk.finished == ["b cancelled"])
        #expect(desk.last.contains { if case .finishRun = $0 { true } else { false } })
    }

    @Test func `a job that is cancelled between two attempts is not said to have never begun`() {
        var desk = Desk()
        desk.add(job("a") { $0.record = QueuedJob.Record(state: .waiting, attempt: 5, notBefore: .seconds(60)) })
        desk.add(job("b") { $0.record = QueuedJob.Record(notBefore: .seconds(60)) })
        desk.tell(.cancel(.job(id("a"))))
        #expect(desk.finished == ["a cancelled"] && desk.reasons == ["Cancelled before attempt 6."])
        desk.tell(.cancel(.job(id("b"))))
        #expect(desk.finished == ["b cancelled"] && desk.reasons == ["Cancelled before it began."])
    }

    @Test func `halt soon lets the running ones finish and tries nothing again`() {
        var desk = desk(["a", "b", "c"], slots: 2) { $0.halt = HaltRule("soon,fail=1") }
        #expect(desk.fail("a", .auth).isEmpty)
        #expect(stops(desk) == [.halted])
        #expect(ends(desk) == 0)
        #expect(desk.finished == ["a failed", "c skipped"])
        #expect(desk.fail("b", .overload).isEmpty)
        #expect(desk.finished == ["b failed"])
    }

    @Test func `halt now ends what runs`() {
        var desk = desk(["a", "b", "c"], slots: 2) { $0.halt = HaltRule("now,fail=30%") }
        desk.fail("a", .auth)
        #expect(ends(desk) == 1)
    }

    @Test func `a group that had stopped is stopped by whoever takes it up, not by the ends of before`() {
        var desk = Desk()
        let group = JobGroup(id("g"), run: id("r"), enough: 1)
        var jobs = ["a", "b"].map { job($0) { $0.group = id("g") } }
        jobs[0].record = QueuedJob.Record(state: .completed, attempt: 1, tries: 1)
        // The stop stands in the run's record. A person may have opened the run again, for just this job.
        desk.tell(.admission(refusal: "runs are being taken up"))
        desk.tell(.add(jobs, groups: [group], together: false))
        #expect(stops(desk) == [] && desk.finished == [])
        desk.tell(.stop(.group(id("g")), RunRules.stopping(.enough, halt: nil)))
        #expect(desk.finished == ["b skipped"])
    }

    @Test func `jobs end as whoever stops them wants it`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a"), job("b"))
        let late = JobQueue.Stopping(.failed, Failure(.queueTimeout, "too late"), ending: .totalTimeout)
        desk.tell(.stop(.run(id("r")), late))
        #expect(desk.finished == ["b failed"])
        #expect(desk.last.contains(.end(job: id("a"), cause: .totalTimeout, kill: false)))
        #expect(desk.fail("a", .totalTimeout).isEmpty)
        #expect(desk.finished == ["a failed"])
    }

    @Test func `an attempt that never began is repeated under its number, whatever is retried`() {
        var desk = Desk()
        desk.add(job("a") { $0.retry = RetryRules(usual: RetryPolicy(attempts: 1, classes: [])) })
        for _ in 0..<5 {
            desk.tell(.admission(refusal: "no room"))
            desk.fail("a", .neverStarted)
            #expect(desk.last.contains { if case .requeue(id("a"), _) = $0 { true } else { false } })
            desk.tell(.admission(refusal: nil))
            #expect(desk.last.contains(.start(job: id("a"), attempt: 1)))
        }
        // Somebody wants it no more: then it ends as one that was never begun.
        desk.tell(.cancel(.job(id("a"))))
        desk.fail("a", .neverStarted)
        #expect(desk.finished == ["a cancelled"])
    }

    @Test func `an attempt that the store refused is begun later under its number`() {
        var desk = Desk()
        desk.limit(.global, 1)
        for refusal in [ClaimRefusal.taken, .full(.global, PoolUse(batch: 1))] {
            var desk = desk
            #expect(desk.add(job("a") { $0.retry = RetryRules(usual: RetryPolicy(attempts: 2)) }) == ["a"])
            for _ in 0..<3 {
                desk.tell(.refused(job: id("a"), refusal))
                #expect(desk.started.isEmpty)
                if refusal == .taken { desk.pass(.seconds(1)) } else { desk.tell(.elsewhere([:])) }
                #expect(desk.last.contains(.start(job: id("a"), attempt: 1)))
            }
            // None of them was one of its two tries, and the pool has only this one.
            #expect(desk.queue.use(of: .global) == PoolUse(batch: 1))
            desk.fail("a", .overload)
            #expect(desk.finished.isEmpty)
            #expect(desk.queue.use(of: .global) == .zero)
        }
    }

    @Test func `an answer that does not fit goes back at once, and only once`() {
        var desk = Desk()
        desk.add(job("a"))
        #expect(desk.fail("a", .structuredOutput) == ["a"])
        #expect(desk.fail("a", .structuredOutput).isEmpty)
        #expect(desk.finished == ["a failed"])
        // Whoever takes the job up knows that it was sent back.
        var next = Desk()
        let record = QueuedJob.Record(
            state: .running, attempt: 2, tries: 2, failure: Failure(.structuredOutput, "before"))
        next.add(job("a") { $0.record = record })
        #expect(next.fail("a", .structuredOutput).isEmpty)
        #expect(next.finished == ["a failed"])
        // … also where another attempt has failed for another reason since.
        var third = Desk()
        third.add(job("a") { $0.record = QueuedJob.Record(state: .running, attempt: 3, tries: 3, isRepaired: true) })
        #expect(third.fail("a", .structuredOutput).isEmpty)
        #expect(third.finished == ["a failed"])
    }

    @Test func `a session that was ended because nobody followed it is not started again by itself`() {
        var desk = Desk()
        desk.add(job("a"))
        #expect(desk.fail("a", .orphanTimeout).isEmpty)
        #expect(desk.finished == ["a failed"])
        #expect(FailureClass.orphanTimeout.advice.contains("tutti retry"))
    }

    @Test func `half of what lived is what a provider bears, however high its limit is`() {
        var desk = Desk()
        desk.limit(.provider("p"), 1000)
        desk.tell(.govern(.provider("p"), PoolGovernor.Policy(breaker: nil)))
        let names = (0..<8).map { "j\($0)" }
        desk.tell(.add(names.map { job($0) { $0.pools = [.provider("p")] } }, groups: [], together: false))
        #expect(desk.started.count == 8)
        desk.now += .seconds(1)
        desk.fail("j0", .overload)
        #expect(desk.queue.standing(of: .provider("p"), at: desk.now) == .lowered(to: 4))
    }
}
