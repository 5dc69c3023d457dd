import Model
import TestSupport
import Testing

@testable import Commands

@Suite struct SlotSimulationTests {
    private func length(
        _ slots: Int, _ groups: [SlotSimulation.Group], pools: [String: Int] = [:]
    ) -> Int64 {
        SlotSimulation(slots: slots, pools: pools).length(of: groups)
    }

    @Test func `places take the next row as soon as they are free`() {
        let rows = SlotSimulation.Group(durations: [3, 1, 1, 1, 3])
        #expect(length(1, [rows]) == 9)
        #expect(length(2, [rows]) == 6)
        #expect(length(5, [rows]) == 3)
        #expect(length(100, [rows]) == 3)
        #expect(length(2, []) == 0)
        #expect(length(2, [.init(durations: [])]) == 0)
    }

    @Test func `a job's own limit and a pool's hold rows back, and others go first`() {
        let narrow = SlotSimulation.Group(durations: [2, 2, 2], maxParallel: 1)
        #expect(length(3, [narrow]) == 6)
        #expect(length(3, [narrow, .init(durations: [5])]) == 6)
        let desk = SlotSimulation.Group(durations: [2, 2, 2, 2], pools: ["desk"])
        #expect(length(4, [desk], pools: ["desk": 2]) == 4)
        #expect(length(4, [desk, desk], pools: ["desk": 2]) == 8)
        #expect(length(4, [desk], pools: ["other": 1]) == 2)
    }

    @Test func `what no clock could say stops at the largest number`() {
        #expect(length(1, [.init(durations: [.max, .max])]) == .max)
        #expect(length(1, [.init(durations: [-5, 3])]) == 3)
        #expect(length(0, [.init(durations: [2, 2], maxParallel: 0, pools: ["p"])], pools: ["p": 0]) == 4)
    }

    @Test func `the length lies between the bounds that every order has`() {
        var generator = SplitMix64(seed: printedSeed())
        for _ in 0..<300 {
            let groups = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                SlotSimulation.Group(
                    durations: (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                        Int64.random(in: 0...50, using: &generator)
                    }, maxParallel: Bool.random(using: &generator) ? Int.random(in: 1...3, using: &generator) : nil)
            }
            let slots = Int.random(in: 1...6, using: &generator)
            let all = groups.flatMap(\.durations)
            let sum = all.reduce(0, +)
            let found = length(slots, groups)
            #expect(found <= sum && found >= (all.max() ?? 0))
            #expect(found * Int64(slots) >= sum)
            #expect(length(1, groups) == sum)
        }
    }
}
