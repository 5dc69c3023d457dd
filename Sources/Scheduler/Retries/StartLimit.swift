package import Model

/// Stops what starts and breaks at once, over and over: five such starts in ten seconds, until somebody resets it.
///
/// Only starts that broke count, and only those that broke quickly: short commands that succeed may start as often as they
/// like, and a provider that breaks after minutes is the retries' business.
package struct StartLimit: Sendable, Hashable {
    /// So many broken starts are too many …
    package var starts: Int
    /// … within this time.
    package var interval: Duration
    private var broken: [Duration] = []
    /// True from the start that was one too many until `reset`.
    package private(set) var isReached = false

    /// A limit of `starts` within `interval`.
    package init(starts: Int = 5, interval: Duration = .seconds(10)) {
        self.starts = starts
        self.interval = interval
    }

    /// Counts an attempt that ended with `failure`; true when that was one too many.
    package mutating func count(_ failure: Failure, started: Duration, ended: Duration) -> Bool {
        guard failure.class == .crash || failure.class == .startFailed, ended - started < interval else { return false }
        broken.append(started)
        broken.sort()
        if broken.count > starts { broken.removeFirst(broken.count - starts) }
        guard !isReached, broken.count == starts, let first = broken.first, let last = broken.last,
            last - first < interval
        else { return false }
        isReached = true
        return true
    }

    /// An attempt came to a good end: whatever broke before is over.
    package mutating func succeeded() { broken = [] }

    /// A person says that the cause is gone.
    package mutating func reset() {
        broken = []
        isReached = false
    }
}
