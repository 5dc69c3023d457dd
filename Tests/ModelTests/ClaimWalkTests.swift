import Model
import Testing

/// Two coordinators, two jobs, a pool of one slot: every order of their looks, transactions and ends.
@Suite struct ClaimWalkTests {
    struct State: Hashable {
        /// Which coordinator runs each job; nil while nobody does.
        var runs: [Int?] = [nil, nil]
        var isFinal = [false, false]
        /// What each coordinator is about to begin, and what it saw when it decided.
        var plans: [Plan?] = [nil, nil]
    }

    struct Plan: Hashable {
        var job: Int
        var live: Int
        var unfinished: Int
        var isFinal: Bool
    }

    /// Every state that can be reached; `looksAgain` reads the facts inside the transaction, as the store does.
    private func walk(looksAgain: Bool) -> (states: Set<State>, overfull: Bool, twice: Bool) {
        var states: Set<State> = [State()]
        var queue = [State()]
        var overfull = false
        var twice = false
        while let state = queue.popLast() {
            for next in following(state, looksAgain, &twice) {
                if next.runs.count(where: { $0 != nil }) > 1 { overfull = true }
                if states.insert(next).inserted { queue.append(next) }
            }
        }
        return (states, overfull, twice)
    }

    private func following(_ state: State, _ looksAgain: Bool, _ twice: inout Bool) -> [State] {
        var result: [State] = []
        let live = state.runs.count { $0 != nil }
        for id in 0..<2 {
            if let plan = state.plans[id] {
                var next = state
                next.plans[id] = nil
                let seen = Plan(
                    job: plan.job, live: live, unfinished: state.runs[plan.job] == nil ? 0 : 1,
                    isFinal: state.isFinal[plan.job])
                let facts = looksAgain ? seen : plan
                let claim = Claim(
                    unfinished: facts.unfinished, jobIsFinal: facts.isFinal,
                    pools: [.init(.global, PoolLimit(max: 1), use: PoolUse(batch: facts.live))])
                if ClaimRule().refusal(claim) == nil {
                    if state.runs[plan.job] != nil || state.isFinal[plan.job] { twice = true }
                    next.runs[plan.job] = id
                }
                result.append(next)
            } else {
                for job in 0..<2 where state.runs[job] == nil && !state.isFinal[job] && live == 0 {
                    var next = state
                    next.plans[id] = Plan(job: job, live: live, unfinished: 0, isFinal: false)
                    result.append(next)
                }
            }
            for job in 0..<2 where state.runs[job] == id {
                var next = state
                next.runs[job] = nil
                next.isFinal[job] = true
                result.append(next)
            }
        }
        return result
    }

    @Test func `two that decide at once never pass a limit together, nor begin one job twice`() {
        let (states, overfull, twice) = walk(looksAgain: true)
        #expect(!overfull && !twice)
        #expect(states.contains { $0.isFinal == [true, true] })
    }

    @Test func `without a second look in the transaction they would`() {
        let (_, overfull, twice) = walk(looksAgain: false)
        #expect(overfull && twice)
    }
}
