/// A pool that waits for the moment that its provider named: a quota that resets, a `Retry-After`.
///
/// The whole pool waits, so that not each of its jobs finds the wall by itself. It comes back slot by slot over a span: if
/// the provider is still closed, the first attempt shows it while all others still wait.
package struct Parking: Sendable, Hashable {
    /// The moments at which one more slot comes back, in order; empty when the pool is not parked.
    private var returns: [Duration] = []
    /// When the provider wants to be asked again.
    package private(set) var until: Duration?

    /// A pool that is not parked.
    package init() {}

    /// Parks for `wait` from `now`; `slots` come back one by one over `spread` after that. A shorter wait than one that is
    /// already running changes nothing.
    package mutating func park(
        for wait: Duration, at now: Duration, slots: Int, spread: Duration,
        using generator: inout some RandomNumberGenerator
    ) {
        let end = now + max(wait, .zero)
        if let until, until >= end { return }
        until = end
        // A provider that asks for two seconds is not waited for another ten.
        let span = min(spread, max(.seconds(1), wait / 4))
        returns = (0..<min(max(1, slots), 256)).map { _ in end + span * Double.random(in: 0...1, using: &generator) }
        returns.sort()
    }

    /// Slots that are back at `now`; nil when all of them are.
    package func ceiling(at now: Duration) -> Int? {
        guard let last = returns.last, now < last else { return nil }
        return returns.partitioningIndex { $0 > now }
    }

    /// When the next slot comes back.
    package func nextReturn(after now: Duration) -> Duration? {
        let place = returns.partitioningIndex { $0 > now }
        return place < returns.count ? returns[place] : nil
    }
}

extension [Duration] {
    /// The first place whose element fulfils `belongs`; all before it must not.
    fileprivate func partitioningIndex(where belongs: (Duration) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
