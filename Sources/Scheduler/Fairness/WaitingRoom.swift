import Model

/// Where jobs wait that could begin, in the order of priority, fair shares and arrival.
///
/// Lanes that were found stopped by a full pool wait behind it and are not looked at again before it has room: a decision
/// costs what can start, not what waits. The room knows nothing of pools; the queue says what stands in the way.
struct WaitingRoom: Sendable {
    /// A node of the tree that every place orders: a line, a run, a module, a lane.
    struct Node: Sendable {
        let parent: Int
        /// The account whose virtual time orders it; nil for lanes, lines, and jobs that a person moved to the front.
        let account: Int?
        let isFront: Bool
        /// Tells the newest of its entries from older ones.
        var stamp = 0
        var children = 0
    }

    /// What makes the nodes between a line and its lanes.
    enum Branch: Hashable, Sendable {
        case run(line: Int, Identifier)
        case module(run: Int, String?)
        /// Moved to the front of its run by a person.
        case front(run: Int)
    }

    /// How long a line is passed over before it gains one step of priority.
    let ageing: Duration
    var ledger = ShareLedger()
    var nodes: [Int: Node] = [:]
    var lines: [Int: Line] = [:]
    var lanes: [Int: Lane] = [:]
    var orders: [Place: LaneOrder] = [:]
    /// Places in which something may be able to start.
    var open: Set<Place> = []
    /// Places that wait for an obstacle to go.
    var closed: [Obstacle: Set<Place>] = [:]
    var watches = Heap<Watch>()
    private var lineIndex: [LineKey: Int] = [:]
    private var branchIndex: [Branch: Int] = [:]
    private var laneIndex: [LaneKey: Int] = [:]
    /// Who waits, by ticket number, and in which lane.
    private var waiting: [Int: Int] = [:]
    private var branchKeys: [Int: Branch] = [:]
    private var next = 1
    var turns = 0

    /// When a line's age is looked at next.
    struct Watch: Comparable, Sendable {
        let due: Duration
        let line: Int
        static func < (left: Watch, right: Watch) -> Bool { left.due < right.due }
    }

    init(ageing: Duration) { self.ageing = ageing }

    /// Jobs that wait here.
    var count: Int { waiting.count }

    /// Who waits in what manner.
    struct Visitor {
        var ticket: Ticket
        var share: Share
        var run: Identifier
        var module: String?
        var isFront: Bool
        var priority: Int
        var ages: Bool
        var isInteractive: Bool
        var pools: [Int]
        /// The part of `pools` that many jobs have in common.
        var widePools: [Int]
        var budgets: [Int]
    }

    /// Lets a job wait.
    mutating func insert(_ visitor: Visitor, at now: Duration) {
        let line = line(visitor, at: now)
        let run = branch(.run(line: line, visitor.run), below: line, .run(visitor.share, visitor.run))
        let module =
            visitor.isFront
            ? branch(.front(run: run), below: run, nil)
            : branch(.module(run: run, visitor.module), below: run, .module(visitor.share, visitor.run, visitor.module))
        let id = lane(
            LaneKey(
                branch: module, isInteractive: visitor.isInteractive, pools: visitor.pools, budgets: visitor.budgets),
            line: line)
        waiting[visitor.ticket.number] = id
        lines[line]?.waiting += 1
        let head = lanes[id]?.tickets.first
        lanes[id]?.tickets.push(visitor.ticket)
        if lanes[id]?.place == nil { return enter(id, .ready) }
        // It may stand before the one that the lane was entered for.
        if let head, visitor.ticket < head { raise(id) }
    }

    /// Takes a job out that waits no more.
    mutating func remove(_ ticket: Int) {
        guard let id = waiting.removeValue(forKey: ticket), let line = lanes[id]?.line else { return }
        lines[line]?.waiting -= 1
    }

    /// The lane in which a ticket waits.
    func lane(of ticket: Int) -> Lane? { waiting[ticket].flatMap { lanes[$0] } }

    /// True when this ticket waits in this lane.
    func waits(_ ticket: Int, in lane: Int) -> Bool { waiting[ticket] == lane }

    /// The level of the line in which a ticket waits: its priority with its age.
    func level(_ ticket: Int) -> Int? { lane(of: ticket).flatMap { lines[$0.line]?.level } }

    private mutating func line(_ visitor: Visitor, at now: Duration) -> Int {
        let key = LineKey(
            share: visitor.share, priority: visitor.priority, ages: visitor.ages,
            isInteractive: visitor.isInteractive, widePools: visitor.widePools)
        if let known = lineIndex[key] {
            if lines[known]?.waiting == 0 { restart(known, at: now) }
            return known
        }
        let account = ledger.account(.share(visitor.share))
        let id = add(Node(parent: LaneOrder.root, account: nil, isFront: false))
        turns += 1
        lines[id] = Line(key: key, account: account, level: visitor.priority, since: now, turn: turns)
        lineIndex[key] = id
        watch(id, at: now)
        return id
    }

    private mutating func branch(_ branch: Branch, below parent: Int, _ account: ShareLedger.Key?) -> Int {
        if let known = branchIndex[branch] { return known }
        let number = account.map { ledger.account($0) }
        let id = add(Node(parent: parent, account: number, isFront: account == nil))
        branchIndex[branch] = id
        branchKeys[id] = branch
        return id
    }

    private mutating func lane(_ key: LaneKey, line: Int) -> Int {
        if let known = laneIndex[key] { return known }
        let id = add(Node(parent: key.branch, account: nil, isFront: false))
        lanes[id] = Lane(line: line, parent: key.branch, key: key)
        laneIndex[key] = id
        return id
    }

    private mutating func add(_ node: Node) -> Int {
        nodes[next] = node
        nodes[node.parent]?.children += 1
        next += 1
        return next - 1
    }

    /// Forgets a node that leads nowhere any more, and those above it that it was the last of.
    mutating func forget(_ id: Int) {
        var current = id
        while current != LaneOrder.root, let node = nodes[current], node.children == 0 {
            if let lane = lanes.removeValue(forKey: current) { laneIndex[lane.key] = nil }
            if let branch = branchKeys.removeValue(forKey: current) { branchIndex[branch] = nil }
            if let line = lines[current] {
                // A line keeps its age until nobody has waited in it for a while: the watch forgets it.
                guard line.waiting == 0, !line.isWatched else { return }
                lines[current] = nil
                lineIndex[line.key] = nil
            }
            nodes[current] = nil
            nodes[node.parent]?.children -= 1
            current = node.parent
        }
    }
}
