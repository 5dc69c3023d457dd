import Model

/// When a clock shows a minute: once, twice when it is set back over it, never when it is set forward over it.
struct LocalMoment: Sendable, Hashable {
    /// The first moment at which it is shown; the moment of the jump when it is never shown.
    let first: Timestamp

    /// Asks the zone. Zones are at most 14 hours from UTC and do not change twice within a day.
    init(_ civil: CivilMinute, in zone: ZoneOffset) {
        let naive = civil.time(offset: 0).milliseconds
        let before = zone(Timestamp(milliseconds: naive - 15 * 3_600_000))
        let after = zone(Timestamp(milliseconds: naive + 13 * 3_600_000))
        let early = civil.time(offset: before)
        let late = civil.time(offset: after)
        if zone(early) == before {
            first = early
        } else if zone(late) == after {
            first = late
        } else {
            first = LocalMoment.change(of: zone, from: min(early, late), to: max(early, late))
        }
    }

    /// The first moment after `from`, up to `to`, at which the clock is set; `to` when it never is.
    static func change(of zone: ZoneOffset, from: Timestamp, to: Timestamp) -> Timestamp {
        let offset = zone(from)
        var (low, high) = (from.milliseconds, to.milliseconds)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if zone(Timestamp(milliseconds: middle)) == offset { low = middle } else { high = middle }
        }
        return Timestamp(milliseconds: high)
    }
}
