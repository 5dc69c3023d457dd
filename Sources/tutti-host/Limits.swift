/// Decides when and how the session is ended: a machine without clock or process, in milliseconds of a monotonic clock.
struct Limits {
    /// Bounds; 0 is none.
    var total: Int64 = 0
    var spool: Int64 = 0
    var orphan: Int64 = 0
    /// From the first signal to the end of the whole tree.
    var grace: Int64 = 0

    /// Who began the ending.
    private(set) var cause: Cause?
    private var startedAt: Int64 = 0
    private var coordinatorSeenAt: Int64 = 0
    private var nextLookAt: Int64 = 0
    private var nextSizeAt: Int64 = 0
    private var lastSize: Int64 = 0
    private var lastSizeAt: Int64 = 0
    private var treeEndsAt: Int64?

    /// The words of `ended_by`.
    enum Cause: String {
        case totalTimeout = "total_timeout"
        case orphanTimeout = "orphan_timeout"
        case spoolSize = "spool_size"
        case request
    }

    /// What is to be done now.
    enum Action: Equatable {
        case nothing
        /// Ask the provider to end (SIGTERM).
        case ask
        /// End the whole tree.
        case endTree
    }

    /// The provider has been started.
    mutating func start(at now: Int64) {
        startedAt = now
        coordinatorSeenAt = now
        nextLookAt = now + lookInterval
        nextSizeAt = now + Limits.shortestInterval
        lastSizeAt = now
    }

    /// Somebody wants the session to end. The first cause counts; a second request is less patient.
    mutating func end(_ newCause: Cause, at now: Int64) -> Action {
        guard cause == nil else { return newCause == .request ? .endTree : .nothing }
        cause = newCause
        treeEndsAt = now + grace
        return grace == 0 ? .endTree : .ask
    }

    /// A coordinator ended the session by itself, or asked for the end of the tree: only the cause is noted.
    mutating func noteRequest() { if cause == nil { cause = .request } }

    /// True when it is time to see whether a coordinator lives; a little early too, so that one waking serves both looks.
    func wantsLook(at now: Int64) -> Bool { orphan > 0 && now + lookInterval / 4 >= nextLookAt }

    /// True when it is time to see how long the spool is.
    func wantsSize(at now: Int64) -> Bool { now >= nextSizeAt }

    /// Whether a coordinator was alive just now.
    mutating func looked(alive: Bool, at now: Int64) {
        if alive { coordinatorSeenAt = now }
        nextLookAt = now + lookInterval
    }

    /// How long the spool was just now, and how many bytes it may grow in reserved space. `soon` asks for the next
    /// look before long, because something waits for space.
    mutating func measured(_ size: Int64, reserved: Int64?, soon: Bool, at now: Int64) {
        let grown = max(0, size - lastSize)
        let elapsed = max(1, now - lastSizeAt)
        lastSize = size
        lastSizeAt = now
        var interval = Limits.longestInterval
        if spool > 0 {
            // Bytes a millisecond: four times what was seen, and never less than a quick burst of 256 MB/s.
            let speed = max(grown / elapsed * 4, 256_000)
            interval = min(interval, max(0, spool - size) / speed)
        }
        // The reserved space should last for twice the time.
        if let reserved, grown > 0 { interval = min(interval, reserved * elapsed / (grown * 2)) }
        nextSizeAt = now + (soon ? Limits.retryInterval : max(interval, Limits.shortestInterval))
    }

    /// What the time and the last size ask for.
    mutating func tick(at now: Int64) -> Action {
        if let treeEndsAt {
            // A provider that goes on writing far over its limit gets no grace.
            let runsAway = spool > 0 && lastSize > spool + spool / 4 + (16 << 20)
            return now >= treeEndsAt || runsAway ? .endTree : .nothing
        }
        if spool > 0 && lastSize > spool { return end(.spoolSize, at: now) }
        if total > 0 && now - startedAt >= total { return end(.totalTimeout, at: now) }
        if orphan > 0 && now - coordinatorSeenAt >= orphan { return end(.orphanTimeout, at: now) }
        return .nothing
    }

    /// When something has to be looked at next.
    func nextWake() -> Int64 {
        var wake = nextSizeAt
        if let treeEndsAt { return min(wake, treeEndsAt) }
        if orphan > 0 { wake = min(wake, nextLookAt, coordinatorSeenAt + orphan) }
        if total > 0 { wake = min(wake, startedAt + total) }
        return wake
    }

    private static let shortestInterval: Int64 = 20
    private static let longestInterval: Int64 = 1000
    private static let retryInterval: Int64 = 200
    /// A twentieth of the limit: with an hour as limit and 1,000 sessions live, looking every second would cost a tenth of a
    /// processor for nothing.
    private var lookInterval: Int64 { min(5000, max(50, orphan / 20)) }
}
