import Model
import Testing

@testable import Coordinator
@testable import Store

/// What a job's sessions in the store say of the attempt before the next one.
@Suite struct AttemptHistoryTests {
    private func history(
        _ attempts: [(session: String?, failure: FailureClass?)], cost: Int64 = 1000
    ) -> AttemptHistory {
        var history = AttemptHistory()
        for (number, attempt) in attempts.enumerated() {
            var row = SessionRow.sample(Int64(number))
            row.attempt = number + 1
            row.providerSession = attempt.session
            row.failureClass = attempt.failure
            row.state = attempt.failure == nil ? .running : .failed
            row.usage = UsageSum(
                usage: Usage(input: 10, cost: Money(nanos: cost)), knownCost: Money(nanos: cost), hasUnknownCost: false)
            history.add(row)
        }
        return history
    }

    @Test func `the last attempt that said anything is the one to go on with`() throws {
        let former = try #require(history([("a", .crash), ("b", .crash)]).former(after: 0))
        #expect(former.session == "b" && former.failure == .crash && !former.wasResumed)
        #expect(former.used.cost == Money(nanos: 1000))
        #expect(history([(nil, .crash)]).former(after: 0) == nil)
        #expect(history([("a", .crash), (nil, .crash)]).former(after: 0) == nil)
    }

    @Test(arguments: [FailureClass.neverStarted, .lost, .startTimeout, .network])
    func `an attempt that never said a word leaves the session as it was`(_ failure: FailureClass) throws {
        let former = try #require(history([("a", .crash), (nil, failure)]).former(after: 0))
        // The one that was to go on with it did not come to that: it may be gone on with once more.
        #expect(former.session == "a" && !former.wasResumed)
    }

    @Test func `a session of two attempts was gone on with, and has used what both did`() throws {
        let former = try #require(history([("a", .lost), ("a", .crash), (nil, .neverStarted)]).former(after: 0))
        #expect(former.wasResumed && former.used.input == 20 && former.used.cost == Money(nanos: 2000))
    }

    @Test func `the live attempt is no history, and neither is what was before a person asked again`() {
        let live = history([("a", .crash), ("a", nil)])
        #expect(live.live != nil && live.former(after: 0)?.wasResumed == false)
        #expect(live.used(in: "a").input == 10)
        #expect(history([("a", .crash)]).former(after: 1) == nil)
        #expect(history([("a", .crash), ("b", .lost)]).former(after: 1)?.session == "b")
    }
}
