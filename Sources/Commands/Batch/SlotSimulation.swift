import Model

/// How long work of known length takes in so many places, when each place takes the next as soon as it is free.
struct SlotSimulation: Sendable {
    /// The rows of one job: they are alike but for how long they take.
    struct Group: Sendable {
        /// How long each row takes, in the order in which they start, in milliseconds.
        var durations: [Int64]
        /// The most rows at one time; nil is no limit of its own.
        var maxParallel: Int?
        /// The named limits that each row takes a place in.
        var pools: [String] = []
    }

    /// How many go at one time in all.
    var slots: Int
    /// The most at one time by the name of the limit.
    var pools: [String: Int] = [:]

    /// Milliseconds until the last row of the last group has ended.
    func length(of groups: [Group]) -> Int64 {
        var next = groups.map { _ in 0 }
        var running = groups.map { _ in 0 }
        var taken: [String: Int] = [:]
        /// What runs, the earliest end last.
        var ends: [(time: Int64, group: Int)] = []
        var now: Int64 = 0
        var left = groups.reduce(0) { $0 + $1.durations.count }
        while left > 0 || !ends.isEmpty {
            for (index, group) in groups.enumerated() {
                while ends.count < max(1, slots), next[index] < group.durations.count,
                    running[index] < max(1, group.maxParallel ?? .max),
                    group.pools.allSatisfy({ taken[$0, default: 0] < max(1, pools[$0] ?? .max) })
                {
                    insert((now.saturating(plus: max(0, group.durations[next[index]])), index), into: &ends)
                    next[index] += 1
                    running[index] += 1
                    left -= 1
                    for pool in group.pools { taken[pool, default: 0] += 1 }
                }
                if ends.count >= max(1, slots) { break }
            }
            guard let ended = ends.popLast() else { break }
            now = ended.time
            running[ended.group] -= 1
            for pool in groups[ended.group].pools { taken[pool, default: 0] -= 1 }
        }
        return now
    }

    private func insert(_ end: (time: Int64, group: Int), into ends: inout [(time: Int64, group: Int)]) {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle].time > end.time { low = middle + 1 } else { high = middle }
        }
        ends.insert(end, at: low)
    }
}
