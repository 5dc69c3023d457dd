/// How many attempts a provider bears, found by trying: one more for each round that goes well, half after an overload.
///
/// Additive increase and multiplicative decrease, as TCP does it, let several coordinators that share a provider without
/// knowing of each other come to equal parts.
package struct AdaptiveLimit: Sendable, Hashable {
    /// It never rises over this.
    package private(set) var maximum: Int
    private var level: Double
    private var lastCut: Duration?

    /// Begins at `maximum`, or lower where `start` says so.
    package init(maximum: Int, start: Int? = nil) {
        self.maximum = Swift.max(1, maximum)
        level = Double(min(self.maximum, Swift.max(1, start ?? self.maximum)))
    }

    /// Attempts that may live at once now; never less than one.
    package var current: Int { Int(level) }

    /// True while it is below what the settings allow.
    package var isLowered: Bool { current < maximum }

    /// The settings allow more or less than before.
    package mutating func allow(_ maximum: Int) {
        let wasLowered = isLowered
        self.maximum = Swift.max(1, maximum)
        level = wasLowered ? min(level, Double(self.maximum)) : Double(self.maximum)
    }

    /// An attempt went well: after `current` of them there is one more slot.
    package mutating func succeeded() { level = min(Double(maximum), level + 1 / level) }

    /// The provider had too much of an attempt that began at `started`.
    ///
    /// Only what began after the last cut can tell that the cut was not enough; the rest of a burst that failed together
    /// would otherwise bring the limit from 64 to 1 in one moment. `live` is how many lived, this one included: half of a
    /// limit that nobody came near would change nothing.
    package mutating func overloaded(started: Duration, live: Int = .max, at now: Duration) {
        if let lastCut, started < lastCut { return }
        level = Swift.max(1, (min(level, Double(live)) / 2).rounded(.down))
        lastCut = now
    }
}
