import Model

/// What stands in the way of a job that is otherwise ready.
enum Obstacle: Hashable, Sendable {
    /// A pool has no room for jobs of this kind.
    case pool(Int, isInteractive: Bool)
    /// A budget is promised to others.
    case budget(Int)
}

/// A place in the waiting room.
enum Place: Hashable, Sendable {
    /// Nothing is known to stand in the way.
    case ready
    /// This was in the way when somebody looked last.
    case behind(Obstacle)
}

/// A job's number in the queue; the lower one goes first, other things being equal.
struct Ticket: Comparable, Sendable {
    let number: Int
    /// Where the queue keeps the job.
    let slot: Int

    static func < (left: Ticket, right: Ticket) -> Bool { left.number < right.number }
}

/// Jobs that wait alike: same share, run, module and needs. What stops the first of them stops them all.
struct Lane: Sendable {
    let line: Int
    /// The node above it.
    let parent: Int
    let key: LaneKey
    /// Where it waits; nil while it has nobody to wait.
    var place: Place?
    var tickets = Heap<Ticket>()

    /// True when `obstacle` stops everything in this lane whenever it stops anything.
    func runsInto(_ obstacle: Obstacle) -> Bool {
        guard case .pool(let pool, let isInteractive) = obstacle else { return false }
        return isInteractive == key.isInteractive && key.pools.contains(pool)
    }
}

/// What makes two jobs wait alike within one branch.
struct LaneKey: Hashable, Sendable {
    let branch: Int
    let isInteractive: Bool
    let pools: [Int]
    let budgets: [Int]
}

/// What ages together: one share's jobs of one priority that need the same large pools.
///
/// Age is the time since a line was last served, not since a job came: the ten thousandth job of a batch that is being
/// served has not been passed over, and must not overtake a question that has just come.
struct Line: Sendable {
    let key: LineKey
    let account: Int
    /// Its priority with the age that it has reached.
    var level: Int
    /// When it was last served, or had somebody to wait again.
    var since: Duration
    /// Grows with each service and decides between lines whose shares stand alike.
    var turn: Int
    /// Jobs that wait.
    var waiting = 0
    /// True while a look at its age is planned.
    var isWatched = false
    /// The places in which its lanes wait.
    var places: Set<Place> = []
}

/// What makes two jobs age together.
struct LineKey: Hashable, Sendable {
    let share: Share
    let priority: Int
    let ages: Bool
    let isInteractive: Bool
    let widePools: [Int]
}

/// Where a node of an order stands among its siblings: level and turn matter to lines only.
struct Standing: Comparable, Hashable, Sendable {
    /// The negative of the level: the highest goes first.
    var depth = 0
    /// Virtual time.
    var time = 0.0
    var turn: Int

    static func < (left: Standing, right: Standing) -> Bool {
        if left.depth != right.depth { return left.depth < right.depth }
        if left.time != right.time { return left.time < right.time }
        return left.turn < right.turn
    }
}

/// The way from a line to the job at the head of one of its lanes, comparable with others of the same moment.
struct Rank: Comparable, Sendable {
    var steps: [Standing]

    static func < (left: Rank, right: Rank) -> Bool { left.steps.lexicographicallyPrecedes(right.steps) }
}
