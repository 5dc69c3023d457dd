import Model
import Testing

@Suite struct FailureTests {
    @Test(arguments: FailureClass.allCases)
    func `every class says what a person can do`(failure: FailureClass) {
        #expect(!failure.advice.isEmpty)
        #expect(!failure.advice.hasSuffix("."), "the sentence is put into others")
        #expect(!failure.advice.contains("\n"))
    }

    @Test(arguments: FailureClass.allCases)
    func `every class is one lower-case word, the same when it is read back`(failure: FailureClass) {
        #expect(failure.rawValue.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 })
        #expect(FailureClass(rawValue: failure.rawValue) == failure)
    }

    @Test func `what may end differently is tried again, and nothing that costs a person's decision`() {
        let again = FailureClass.allCases.filter { $0.reaction == .retry }
        #expect(
            Set(again) == [
                .rateLimit, .overload, .serverError, .network, .crash, .lost, .startTimeout, .firstByteTimeout,
                .idleTimeout, .noResult, .structuredOutput,
            ])
        #expect(FailureClass.allCases.filter { $0.reaction == .park } == [.quota])
        #expect(FailureClass.allCases.filter { $0.reaction == .requeue } == [.neverStarted])
        #expect(FailureClass.orphanTimeout.reaction == .fail)
        #expect(FailureClass.cancelled.reaction == .fail)
        #expect(FailureClass.totalTimeout.reaction == .fail)
        #expect(FailureClass.budget.reaction == .fail)
    }

    @Test func `an error reads as a message and, below it, the way out`() {
        let error = TuttiError(.notFound, "There is no module \"pay\".", hint: "did you mean payments?")
        #expect(error.description == "There is no module \"pay\".\n  did you mean payments?")
    }
}
