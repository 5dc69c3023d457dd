import Model

extension WaitingRoom {
    /// The job at the head of a lane, and where the lane waits.
    struct Candidate {
        let ticket: Ticket
        let lane: Lane
        fileprivate let id: Int
        fileprivate let place: Place
    }

    /// The job that goes next, unless something stands in its way. It stays until `start` or `stop` says what became of it.
    mutating func candidate() -> Candidate? {
        var best: (rank: Rank, candidate: Candidate)?
        for place in open {
            guard let (id, rank) = first(of: place), let lane = lanes[id], let ticket = lane.tickets.first else {
                continue
            }
            if best.map({ rank < $0.rank }) ?? true {
                best = (rank, Candidate(ticket: ticket, lane: lane, id: id, place: place))
            }
        }
        return best?.candidate
    }

    /// This stands in the way of a candidate: of its whole place, where it stops all lanes there, else of its lane.
    mutating func stop(_ candidate: Candidate, by obstacle: Obstacle) {
        if candidate.place == .behind(obstacle) || orders[candidate.place]?.isStopped(by: obstacle) == true {
            close(candidate.place, by: obstacle)
        } else {
            move(candidate.id, behind: obstacle)
        }
    }

    /// The job begins: its line was served, and its share is charged for so many seconds.
    mutating func start(_ ticket: Ticket, account: Int, seconds: Double, at now: Duration) {
        let line = lane(of: ticket.number)?.line
        remove(ticket.number)
        ledger.charge(account, seconds)
        if let line { restart(line, at: now) }
    }

    /// What was in the way is so no more, or less.
    mutating func ease(_ obstacle: Obstacle) {
        guard let places = closed.removeValue(forKey: obstacle) else { return }
        for place in places {
            orders[place]?.closedBy = nil
            open.insert(place)
        }
        // A few lanes are not worth a place of their own: every open place costs each decision a look.
        let own = Place.behind(obstacle)
        while let order = orders[own], order.lanes <= 4, let (lane, _) = first(of: own) {
            leave(lane)
            enter(lane, .ready)
        }
    }

    /// Lets lines that were passed over rise.
    mutating func age(at now: Duration) {
        while let watch = watches.first, watch.due <= now {
            watches.pop()
            lines[watch.line]?.isWatched = false
            guard let line = lines[watch.line] else { continue }
            guard line.waiting > 0 else {
                forget(watch.line)
                continue
            }
            if line.key.ages {
                let aged = line.key.priority + Int((now - line.since) / ageing)
                setLevel(watch.line, max(line.key.priority, min(Priority.highest, aged)))
            }
            self.watch(watch.line, at: now)
        }
    }

    /// Begins the age of a line anew: it was served, or has somebody to wait again.
    mutating func restart(_ id: Int, at now: Duration) {
        turns += 1
        lines[id]?.since = now
        lines[id]?.turn = turns
        guard let line = lines[id] else { return }
        setLevel(id, line.key.priority)
        watch(id, at: now)
    }

    /// Plans the next look at a line's age; each line has one.
    mutating func watch(_ id: Int, at now: Duration) {
        guard let line = lines[id], !line.isWatched else { return }
        lines[id]?.isWatched = true
        let steps = max(0, Int((now - line.since) / ageing))
        watches.push(Watch(due: line.since + ageing * (steps + 1), line: id))
    }

    /// Enters a lane at a place, and the nodes above it where they are missing.
    mutating func enter(_ id: Int, _ place: Place) {
        guard let lane = lanes[id] else { return }
        lanes[id]?.place = place
        lines[lane.line]?.places.insert(place)
        if orders[place] == nil {
            orders[place] = LaneOrder()
            if case .behind(let obstacle) = place { close(place, by: obstacle) } else { open.insert(place) }
        }
        if let obstacle = orders[place]?.closedBy, place != .behind(obstacle), !lane.runsInto(obstacle) {
            reopen(place, obstacle)
        }
        orders[place]?.arrived(lane)
        if orders[place]?.contains(id) == true { return raise(id) }
        var current = id
        while current != LaneOrder.root, let node = nodes[current] {
            let standing = standing(current)
            let entered = orders[place]?.enter(current, below: node.parent, standing, stamp: node.stamp)
            if entered != true { break }
            current = node.parent
        }
    }

    /// Gives the newest entries of a node its present standing.
    mutating func raise(_ id: Int) {
        guard let node = nodes[id] else { return }
        let stamp = node.stamp + 1
        nodes[id]?.stamp = stamp
        let places = lines[id]?.places ?? Set([lanes[id]?.place].compactMap { $0 })
        let standing = standing(id)
        for place in places { orders[place]?.raise(id, below: node.parent, standing, stamp: stamp) }
    }

    private mutating func setLevel(_ id: Int, _ level: Int) {
        guard let line = lines[id], line.level != level else { return }
        lines[id]?.level = level
        // What falls is seen when it comes up; what rises would not be.
        if level > line.level { raise(id) }
    }

    private mutating func leave(_ id: Int) {
        guard let lane = lanes[id], let place = lane.place else { return }
        lanes[id]?.place = nil
        orders[place]?.left(lane)
    }

    private mutating func move(_ id: Int, behind obstacle: Obstacle) {
        leave(id)
        enter(id, .behind(obstacle))
    }

    private mutating func close(_ place: Place, by obstacle: Obstacle) {
        orders[place]?.closedBy = obstacle
        open.remove(place)
        closed[obstacle, default: []].insert(place)
    }

    private mutating func reopen(_ place: Place, _ obstacle: Obstacle) {
        orders[place]?.closedBy = nil
        open.insert(place)
        closed[obstacle]?.remove(place)
        if closed[obstacle]?.isEmpty == true { closed[obstacle] = nil }
    }

    /// The lane that goes first at a place, and its rank; nil closes the place for good.
    private mutating func first(of place: Place) -> (lane: Int, rank: Rank)? {
        var steps: [Standing] = []
        if let lane = descend(place, below: LaneOrder.root, &steps) { return (lane, Rank(steps: steps)) }
        orders[place] = nil
        open.remove(place)
        return nil
    }

    private mutating func descend(_ place: Place, below parent: Int, _ steps: inout [Standing]) -> Int? {
        while let entry = orders[place]?.first(below: parent) {
            guard let node = nodes[entry.node] else {
                orders[place]?.dropFirst(below: parent, isGone: true)
                continue
            }
            guard entry.stamp == node.stamp || isOnlyEntry(entry, of: node, at: place) else {
                orders[place]?.dropFirst(below: parent, isGone: false)
                continue
            }
            if lanes[entry.node] != nil {
                guard let ticket = head(entry.node, at: place) else {
                    orders[place]?.dropFirst(below: parent, isGone: true)
                    if lanes[entry.node]?.place == nil { forget(entry.node) }
                    continue
                }
                let standing = Standing(turn: ticket.number)
                if correct(entry, standing, below: parent, at: place) { continue }
                steps.append(standing)
                return entry.node
            }
            let standing = standing(entry.node)
            if correct(entry, standing, below: parent, at: place) { continue }
            steps.append(standing)
            if let lane = descend(place, below: entry.node, &steps) { return lane }
            steps.removeLast()
            orders[place]?.dropFirst(below: parent, isGone: true)
            lines[entry.node]?.places.remove(place)
        }
        return nil
    }

    /// A lane's stamp may have grown at another place since it was entered here; nothing newer stands here then.
    private func isOnlyEntry(_ entry: LaneOrder.Entry, of node: Node, at place: Place) -> Bool {
        lanes[entry.node].map { $0.place != place } ?? false
    }

    private mutating func correct(
        _ entry: LaneOrder.Entry, _ standing: Standing, below parent: Int, at place: Place
    ) -> Bool {
        guard entry.standing != standing else { return false }
        orders[place]?.correctFirst(
            below: parent, LaneOrder.Entry(standing: standing, node: entry.node, stamp: entry.stamp))
        return true
    }

    /// The first ticket of a lane that still waits; nil when the lane has none here.
    private mutating func head(_ id: Int, at place: Place) -> Ticket? {
        guard lanes[id]?.place == place else { return nil }
        while let ticket = lanes[id]?.tickets.first {
            if waits(ticket.number, in: id) { return ticket }
            lanes[id]?.tickets.pop()
        }
        leave(id)
        return nil
    }

    private func standing(_ id: Int) -> Standing {
        if let line = lines[id] {
            return Standing(depth: -line.level, time: ledger.virtualTime(line.account), turn: line.turn)
        }
        if let lane = lanes[id] { return Standing(turn: lane.tickets.first?.number ?? 0) }
        guard let node = nodes[id] else { return Standing(turn: id) }
        if node.isFront { return Standing(depth: -1, turn: id) }
        return Standing(time: node.account.map { ledger.virtualTime($0) } ?? 0, turn: id)
    }
}
