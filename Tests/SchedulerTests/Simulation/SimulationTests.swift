import Model
import Scheduler
import TestSupport
import Testing

/// Many small worlds, each from one seed. `TUTTI_SIMULATION_SEEDS` says how many, `TUTTI_TEST_SEED` plays one again.
@Suite struct SimulationTests {
    private static let seeds: ClosedRange<UInt64> = {
        if let one = environmentVariable("TUTTI_TEST_SEED").flatMap({ UInt64($0) }) { return one...one }
        return 1...(environmentVariable("TUTTI_SIMULATION_SEEDS").flatMap { UInt64($0) } ?? 2000)
    }()

    /// Two parts, for two processors; one seed alone is in the first.
    @Test(arguments: [0, 1]) func `in every world limits hold, order is kept, and every job ends once`(_ part: UInt64) {
        let seeds = Self.seeds.filter { Self.seeds.count == 1 ? part == 0 : $0 % 2 == part }
        var starts = 0
        for seed in seeds {
            var world = World(seed: seed)
            if Self.seeds.count == 1 { world.story = [] }
            if let broken = world.play() {
                let story = world.story ?? []
                print(story.filter({ !$0.hasSuffix("tick") }).suffix(80).joined(separator: "\n"))
                Issue.record("seed \(seed): \(broken) (repeat with TUTTI_TEST_SEED=\(seed))")
                return
            }
            starts += world.starts
        }
        // The worlds are only worth something when something happens in them.
        if seeds.count > 1 { #expect(starts > seeds.count * 3) }
    }

    @Test func `the same seed gives the same course`() {
        for seed in UInt64(1)...5 {
            var (first, second) = (World(seed: seed), World(seed: seed))
            (first.trace, second.trace) = ([], [])
            _ = (first.play(), second.play())
            #expect(first.trace == second.trace, "seed \(seed)")
        }
    }
}
