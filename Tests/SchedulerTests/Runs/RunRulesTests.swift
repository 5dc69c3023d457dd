import Model
import Scheduler
import Testing

@Suite struct RunRulesTests {
    @Test func `a budget that the last answer used up has kept nobody from answering`() {
        var rules = RunRules(RunRules.Policy(), total: 2)
        rules.ended(.completed, nil)
        _ = rules.stop(.budget)
        rules.ended(.completed, nil)
        #expect(rules.verdict == (.completed, .success))
        var missed = RunRules(RunRules.Policy(), total: 2)
        missed.ended(.completed, nil)
        _ = missed.stop(.budget)
        missed.ended(.skipped, Failure(.budget, "Not started."))
        #expect(missed.verdict == (.failed, .budget))
        var unmerged = RunRules(RunRules.Policy(), total: 1)
        unmerged.ended(.completed, nil)
        unmerged.leftOutForBudget()
        #expect(unmerged.verdict == (.failed, .budget))
    }

    private func rules(
        _ total: Int, halt: String? = nil, enough: Int? = nil, deadline: Duration? = nil
    ) -> RunRules {
        RunRules(
            RunRules.Policy(halt: halt.flatMap { HaltRule($0) }, enough: enough, deadline: deadline), total: total)
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

    @Test func `all that was asked is a success, and one failure is none`() {
        var good = rules(2)
        good.ended(.completed, nil)
        good.ended(.completed, nil)
        #expect(good.verdict == (.completed, .success))
        var bad = rules(2)
        bad.ended(.completed, nil)
        bad.ended(.failed, Failure(.auth, "no"))
        #expect(bad.verdict == (.failed, .someFailed))
        #expect(bad.isOver)
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
        var rules = rules(failures.count)
        for failure in failures {
            rules.ended(failure == nil ? .completed : .failed, failure.map { Failure($0, "no") })
        }
        #expect(rules.verdict.exit == exit)
    }

    @Test func `a provider that is not there cannot be used, and a command is no answer`() {
        func exit(_ ended: [(state: JobState, class: FailureClass?, asks: Bool)]) -> ExitCode {
            var rules = rules(ended.count)
            for (state, `class`, asks) in ended {
                rules.ended(state, `class`.map { Failure($0, "no") }, asks: asks)
            }
            return rules.verdict.exit
        }
        let (listed, gone) = (
            (JobState.completed, FailureClass?.none, false), (JobState.failed, FailureClass?.some(.startFailed), true)
        )
        #expect(exit([listed, gone, (.failed, .auth, true), (.skipped, .cancelled, true)]) == .providerUnavailable)
        #expect(exit([listed, gone, (.completed, nil, true)]) == .someFailed)
        #expect(exit([gone, (.failed, .crash, false)]) == .someFailed)
        // A command that cannot be started says nothing of any provider.
        #expect(exit([(.failed, .startFailed, false)]) == .someFailed)
    }

    @Test func `what was skipped because nothing asked for it is no failure`() {
        var rules = rules(2)
        rules.ended(.completed, nil)
        rules.ended(.skipped, Failure(.cancelled, "its condition was false"))
        #expect(rules.verdict == (.completed, .success))
    }

    @Test(arguments: [
        (RunRules.Stop.budget, ExitCode.budget, FailureClass.budget), (.deadline, .timedOut, .totalTimeout),
        (.cancelled, .cancelledByOther, .cancelled), (.enough, .success, .cancelled),
        (.halted, .someFailed, .cancelled),
    ])
    func `a stop that was decided before the coordinator died stays decided`(
        _ stop: RunRules.Stop, _ exit: ExitCode, _ cause: FailureClass
    ) {
        var rules = rules(
            3, halt: stop == .halted ? "now,fail=1" : nil, enough: stop == .enough ? 1 : nil)
        rules.restore(stopped: stop)
        #expect(rules.stopping(stop).ending == cause)
        rules.ended(stop == .enough ? .completed : .failed, stop == .enough ? nil : Failure(.refusal, "before"))
        rules.ended(.skipped, stop == .budget ? Failure(.budget, "Not started.") : nil)
        rules.ended(.cancelled, Failure(.cancelled, "as asked"))
        #expect(rules.verdict.exit == exit)
    }

    @Test func `a person's cancel outranks whatever stopped the run before, and nothing outranks it`() {
        var rules = rules(1, deadline: .seconds(5))
        #expect(rules.nextLook == .seconds(5))
        #expect(rules.look(at: .seconds(4)) == nil)
        #expect(rules.look(at: .seconds(5)) == .deadline)
        #expect(rules.look(at: .seconds(6)) == nil)
        #expect(rules.nextLook == nil)
        #expect(rules.stop(.cancelled) == .cancelled)
        #expect(rules.stop(.cancelled) == nil)
        #expect(rules.stop(.budget) == nil)
        #expect(rules.verdict == (.cancelled, .cancelledByOther))
    }

    @Test func `too few answers are a quorum that was missed, and enough of them outweigh failures`() {
        var few = rules(3, enough: 2)
        few.ended(.completed, nil)
        few.ended(.failed, Failure(.auth, "no"))
        few.ended(.failed, Failure(.auth, "no"))
        #expect(few.verdict.exit == .quorumMissed)
        var enough = rules(3, enough: 2)
        enough.ended(.failed, Failure(.auth, "no"))
        enough.ended(.completed, nil)
        enough.ended(.completed, nil)
        #expect(enough.verdict == (.completed, .success))
    }
}
