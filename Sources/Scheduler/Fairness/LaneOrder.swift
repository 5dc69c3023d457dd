/// The lanes of one place in order: lines by level and share, below them runs, modules, and at last lanes by ticket.
///
/// A tree of heaps. Entries are set right when they come up rather than when something changes: virtual times only grow, so
/// an entry that is out of date stands too far in front, is seen there, and sinks to where it belongs. What must rise gets a
/// new entry, and the old one is recognised by its stamp.
struct LaneOrder: Sendable {
    /// One child in the heap of its parent.
    struct Entry: Comparable, Sendable {
        var standing: Standing
        let node: Int
        let stamp: Int

        static func < (left: Entry, right: Entry) -> Bool { left.standing < right.standing }
    }

    /// The root, above all lines.
    static let root = 0

    private var heaps: [Int: Heap<Entry>] = [:]
    private var present: Set<Int> = []
    /// Lanes that wait here.
    private(set) var lanes = 0
    /// How many of the lanes run into each obstacle.
    private var touching: [Obstacle: Int] = [:]
    /// What stops every lane here; nil while that is not known.
    var closedBy: Obstacle?

    /// True when `obstacle` stops all lanes of this place.
    func isStopped(by obstacle: Obstacle) -> Bool { touching[obstacle] == lanes }

    /// Counts a lane that comes to wait here.
    mutating func arrived(_ lane: Lane) {
        lanes += 1
        for pool in lane.key.pools { touching[.pool(pool, isInteractive: lane.key.isInteractive), default: 0] += 1 }
    }

    /// Counts a lane that waits here no more.
    mutating func left(_ lane: Lane) {
        lanes -= 1
        for pool in lane.key.pools {
            let obstacle = Obstacle.pool(pool, isInteractive: lane.key.isInteractive)
            guard let count = touching[obstacle] else { continue }
            touching[obstacle] = count > 1 ? count - 1 : nil
        }
    }

    /// True when `node` has an entry, be it an old one.
    func contains(_ node: Int) -> Bool { present.contains(node) }

    /// Enters a node below its parent; true when it was not there.
    mutating func enter(_ node: Int, below parent: Int, _ standing: Standing, stamp: Int) -> Bool {
        guard present.insert(node).inserted else { return false }
        heaps[parent, default: Heap()].push(Entry(standing: standing, node: node, stamp: stamp))
        return true
    }

    /// Enters a node once more because it rose; its old entry has another stamp.
    mutating func raise(_ node: Int, below parent: Int, _ standing: Standing, stamp: Int) {
        guard present.contains(node) else { return }
        heaps[parent, default: Heap()].push(Entry(standing: standing, node: node, stamp: stamp))
    }

    /// The first entry below `parent`.
    func first(below parent: Int) -> Entry? { heaps[parent]?.first }

    /// The first entry below `parent` was out of date and stands elsewhere.
    mutating func correctFirst(below parent: Int, _ entry: Entry) { heaps[parent]?.replaceFirst(with: entry) }

    /// Drops the first entry below `parent`; `isGone` when its node left, false when another entry of it stands elsewhere.
    mutating func dropFirst(below parent: Int, isGone: Bool) {
        guard let entry = heaps[parent]?.pop() else { return }
        guard isGone else { return }
        present.remove(entry.node)
        heaps[entry.node] = nil
    }
}
