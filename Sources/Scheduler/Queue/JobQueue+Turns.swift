import Model

extension JobQueue {
    /// How many of those that wait go before each waiting job.
    package struct Turns: Sendable {
        /// By the slot of the job.
        var ahead: [Int: Int] = [:]
    }

    /// Who goes before whom, found in one pass over all that waits.
    ///
    /// Before a job go those that compete with it for a pool of limited size and are of a higher level, or of its own share and
    /// earlier. With several such pools the one with the longest way counts.
    package func turns() -> Turns {
        struct Place {
            let level: Int
            let ticket: Int
            let slot: Int
            let share: Share
        }
        var waiting: [Int: [Place]] = [:]
        for slot in entries.indices {
            guard let entry = entries[slot], entry.stage == .ready, !entry.isHeld else { continue }
            let level = room.level(entry.ticket) ?? entry.job.priority
            for pool in entry.pools where pools[pool].limit.max != nil || pools[pool].governor != nil {
                waiting[pool, default: []].append(
                    Place(level: level, ticket: entry.ticket, slot: slot, share: entry.share))
            }
        }
        var turns = Turns()
        for places in waiting.values {
            var (level, higher, passed) = (Int.max, 0, 0)
            var earlier: [Share: Int] = [:]
            for place in places.sorted(by: { ($1.level, $0.ticket) < ($0.level, $1.ticket) }) {
                if place.level != level {
                    (level, higher) = (place.level, passed)
                    earlier = [:]
                }
                let before = higher + earlier[place.share, default: 0]
                turns.ahead[place.slot] = max(turns.ahead[place.slot] ?? 0, before)
                earlier[place.share, default: 0] += 1
                passed += 1
            }
        }
        return turns
    }
}
