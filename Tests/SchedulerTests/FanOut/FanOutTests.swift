import Model
import Scheduler
import Testing

@Suite struct FanOutTests {
    private func machine(_ count: Int, slots: Int = 2, _ change: (inout FanOut.Policy) -> Void = { _ in }) -> FanOut {
        var policy = FanOut.Policy(
            slots: slots, retry: RetryPolicy(attempts: 3, backoff: Backoff(delay: .seconds(10), jitter: 0)))
        change(&policy)
        return FanOut(count: count, policy: policy, seed: 1)
    }

    @Test func `jobs start in order as slots come free`() {
        var run = machine(3)
        #expect(run.handle(.tick, at: .zero) == [.start(job: 0, attempt: 1), .start(job: 1, attempt: 1)])
        let next = run.handle(.attemptEnded(job: 0, .completed, nil), at: .seconds(1))
        #expect(next == [.finish(job: 0, state: .completed, failure: nil), .start(job: 2, attempt: 1)])
    }

    @Test func `an overloaded provider is asked again after a growing wait, three times in all`() {
        var run = machine(1)
        _ = run.handle(.tick, at: .zero)
        let overload = Failure(.overload, "529")
        let first = run.handle(.attemptEnded(job: 0, .failed, overload), at: .seconds(1))
        #expect(first == [.retry(job: 0, attempt: 2, wait: .seconds(10), failure: overload)])
        #expect(run.nextWake == .seconds(11))
        #expect(run.handle(.tick, at: .seconds(10)).isEmpty)
        #expect(run.handle(.tick, at: .seconds(11)) == [.start(job: 0, attempt: 2)])
        let second = run.handle(.attemptEnded(job: 0, .failed, overload), at: .seconds(12))
        #expect(second == [.retry(job: 0, attempt: 3, wait: .seconds(20), failure: overload)])
        _ = run.handle(.tick, at: .seconds(40))
        let last = run.handle(.attemptEnded(job: 0, .failed, overload), at: .seconds(41))
        #expect(last == [.finish(job: 0, state: .failed, failure: overload), .finishRun(.failed, .someFailed)])
    }

    @Test func `a wrong key is not tried again`() {
        var run = machine(1)
        _ = run.handle(.tick, at: .zero)
        let auth = Failure(.auth, "401")
        let end = run.handle(.attemptEnded(job: 0, .failed, auth), at: .seconds(1))
        #expect(end == [.finish(job: 0, state: .failed, failure: auth), .finishRun(.failed, .providerUnavailable)])
    }

    @Test(
        arguments: [
            ([.auth, .auth], ExitCode.providerUnavailable), ([.auth, .refusal], .someFailed),
            ([.auth, nil], .someFailed),
            ([.refusal, .refusal], .someFailed), ([.auth, .totalTimeout], .timedOut), ([.auth, .budget], .budget),
        ] as [([FailureClass?], ExitCode)])
    func `a run that nobody could answer for want of a key says that there is no provider`(
        _ failures: [FailureClass?], _ exit: ExitCode
    ) {
        var run = machine(failures.count)
        _ = run.handle(.tick, at: .zero)
        for (index, failure) in failures.enumerated() {
            let ended = failure.map { Failure($0, "no") }
            _ = run.handle(.attemptEnded(job: index, ended == nil ? .completed : .failed, ended), at: .seconds(1))
        }
        #expect(run.verdict.exit == exit)
    }

    @Test func `a lost session is tried once more even without retries`() {
        var run = machine(1) { $0.retry.attempts = 1 }
        _ = run.handle(.tick, at: .zero)
        let lost = Failure(.lost, "killed")
        #expect(
            run.handle(.attemptEnded(job: 0, .lost, lost), at: .seconds(1)) == [
                .retry(job: 0, attempt: 2, wait: .seconds(10), failure: lost)
            ])
    }

    @Test func `the provider's own wish is waited for, and too long a wish ends the job`() {
        var run = machine(2)
        _ = run.handle(.tick, at: .zero)
        let soon = Failure(.rateLimit, "429", retryAfterSeconds: 60)
        #expect(
            run.handle(.attemptEnded(job: 0, .failed, soon), at: .zero) == [
                .retry(job: 0, attempt: 2, wait: .seconds(60), failure: soon)
            ])
        let late = Failure(.quota, "used up", retryAfterSeconds: 86_400)
        #expect(
            run.handle(.attemptEnded(job: 1, .failed, late), at: .zero) == [
                .finish(job: 1, state: .failed, failure: late)
            ])
    }

    @Test func `enough answers cancel the rest and are a success`() {
        var run = machine(3, slots: 3) { $0.enough = 1 }
        _ = run.handle(.tick, at: .zero)
        let actions = run.handle(.attemptEnded(job: 1, .completed, nil), at: .seconds(1))
        #expect(
            actions == [
                .finish(job: 1, state: .completed, failure: nil), .end(job: 0, cause: .cancelled),
                .end(job: 2, cause: .cancelled),
            ])
        _ = run.handle(.attemptEnded(job: 0, .cancelled, nil), at: .seconds(2))
        let last = run.handle(.attemptEnded(job: 2, .completed, nil), at: .seconds(2))
        #expect(last.last == .finishRun(.completed, .success))
    }

    @Test func `the cost limit ends what runs and skips the rest`() {
        var run = machine(3) { $0.maxCost = Money(nanos: 100) }
        _ = run.handle(.tick, at: .zero)
        let actions = run.handle(.spent(Money(nanos: 150)), at: .seconds(1))
        #expect(actions.contains(.end(job: 0, cause: .budget)))
        #expect(actions.contains { if case .finish(2, .skipped, _) = $0 { true } else { false } })
        _ = run.handle(.attemptEnded(job: 0, .failed, Failure(.budget, "over")), at: .seconds(2))
        let last = run.handle(.attemptEnded(job: 1, .failed, Failure(.budget, "over")), at: .seconds(2))
        #expect(last.last == .finishRun(.failed, .budget))
    }

    @Test func `halt soon lets the running ones finish and starts no more`() {
        var run = machine(4) { $0.halt = HaltRule("soon,fail=1") }
        _ = run.handle(.tick, at: .zero)
        let actions = run.handle(.attemptEnded(job: 0, .failed, Failure(.auth, "no")), at: .seconds(1))
        #expect(actions.count { if case .finish(_, .skipped, _) = $0 { true } else { false } } == 2)
        #expect(!actions.contains(.end(job: 1, cause: .cancelled)))
        let last = run.handle(.attemptEnded(job: 1, .completed, nil), at: .seconds(2))
        #expect(last.last == .finishRun(.failed, .someFailed))
    }

    @Test(arguments: ["soon,fail=3", "now,fail=1", "now,fail=20.0%", "soon,fail=100.0%"])
    func `a halt rule reads back what it writes`(_ text: String) {
        #expect(HaltRule(text)?.text == text)
    }

    @Test(arguments: [
        "", "soon", "later,fail=1", "now,fail=0", "now,fail=101%", "now,fail=-1", "now,fail=", "now,stop=1",
    ])
    func `a halt rule that means nothing is refused`(_ text: String) {
        #expect(HaltRule(text) == nil)
    }

    @Test func `closed admission starts nothing until it opens`() {
        var run = machine(1)
        #expect(run.handle(.admission(false), at: .zero).isEmpty)
        #expect(run.handle(.tick, at: .seconds(1)).isEmpty)
        #expect(run.handle(.admission(true), at: .seconds(2)) == [.start(job: 0, attempt: 1)])
    }

    @Test func `a session that was ended because nobody followed it is not started again by itself`() {
        var run = machine(1) { $0.retry.attempts = 5 }
        _ = run.handle(.tick, at: .zero)
        let orphan = Failure(.orphanTimeout, "ended by its host")
        let end = run.handle(.attemptEnded(job: 0, .failed, orphan), at: .seconds(1))
        #expect(end == [.finish(job: 0, state: .failed, failure: orphan), .finishRun(.failed, .someFailed)])
        #expect(FailureClass.orphanTimeout.advice.contains("tutti retry"))
    }

    @Test func `an attempt that never began is repeated under its number, whatever is retried`() {
        var run = machine(1) { $0.retry = RetryPolicy(attempts: 1, classes: []) }
        let unstarted = Failure(.neverStarted, "its coordinator died")
        for _ in 0..<5 {
            #expect(run.handle(.tick, at: .zero) == [.start(job: 0, attempt: 1)])
            _ = run.handle(.admission(false), at: .zero)
            let next = run.handle(.attemptEnded(job: 0, .failed, unstarted), at: .zero)
            #expect(next == [.requeue(job: 0, failure: unstarted)])
            let again = run.handle(.admission(true), at: .zero)
            #expect(again == [.start(job: 0, attempt: 1)])
            run.restore(job: 0, standing: .queued, attempt: 0, failure: nil)
        }
        // In a run that is being stopped it ends as one that was never begun.
        _ = run.handle(.tick, at: .zero)
        _ = run.handle(.cancel(jobs: nil), at: .zero)
        let last = run.handle(.attemptEnded(job: 0, .failed, unstarted), at: .zero)
        #expect(last.last == .finishRun(.cancelled, .cancelledByOther))
        #expect(run.jobs[0].attempt == 0)
    }

    @Test(arguments: [
        (FanOut.Stop.budget, ExitCode.budget, FailureClass.budget), (.deadline, .timedOut, .totalTimeout),
        (.cancelled, .cancelledByOther, .cancelled), (.enough, .success, .cancelled),
        (.halted, .someFailed, .cancelled),
    ])
    func `a stop that was decided before the coordinator died stays decided`(
        _ stop: FanOut.Stop, _ exit: ExitCode, _ cause: FailureClass
    ) {
        var run = machine(3) {
            if stop == .enough { $0.enough = 1 }
            if stop == .halted { $0.halt = HaltRule("now,fail=1") }
        }
        run.restore(stopped: stop)
        #expect(run.cause(ofEnding: stop) == cause)
        let first: JobState = stop == .enough ? .completed : .failed
        let reason = stop == .enough ? nil : Failure(stop == .halted ? .refusal : cause, "before")
        run.restore(job: 0, standing: .final(first), attempt: 1, failure: reason)
        run.restore(job: 1, standing: .running(ending: true), attempt: 1, failure: nil)
        let begun = run.handle(.tick, at: .zero)
        #expect(begun.count == 1, "what was queued is ended, and nothing is started: \(begun)")
        let last = run.handle(.attemptEnded(job: 1, .failed, Failure(cause, "ended")), at: .seconds(1))
        guard case .finishRun(_, exit)? = last.last else {
            Issue.record("\(last)")
            return
        }
    }

    @Test func `what an earlier coordinator spent counts against the limit before anything is started`() {
        var run = machine(2) { $0.maxCost = Money(nanos: 100) }
        run.restore(cost: Money(nanos: 100))
        let actions = run.handle(.tick, at: .zero)
        #expect(!actions.contains { if case .start = $0 { true } else { false } })
        #expect(actions.last == .finishRun(.failed, .budget))
    }

    @Test func `a restored run goes on where the record stopped`() {
        var run = machine(3)
        run.restore(job: 0, standing: .final(.completed), attempt: 1, failure: nil)
        run.restore(job: 1, standing: .running(ending: false), attempt: 2, failure: nil)
        #expect(run.handle(.tick, at: .zero) == [.start(job: 2, attempt: 1)])
        _ = run.handle(.attemptEnded(job: 2, .completed, nil), at: .seconds(1))
        let last = run.handle(.attemptEnded(job: 1, .completed, nil), at: .seconds(2))
        #expect(last.last == .finishRun(.completed, .success))
    }
}
