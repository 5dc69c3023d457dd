import Model

/// A small world of one job, three coordinators and their hosts, in which every step that can happen next is listed.
///
/// Coordinator 0 began the job; 1 and 2 may take it over. A step is one thing that no other can cut in two: a
/// transaction, the creation of a file, a look at facts. What a coordinator has seen before its next step may be stale
/// by then: that is how pauses are in the walk without being steps.
struct OwnershipWorld: Hashable {
    struct Coordinator: Hashable {
        var crashed = false
        var hasLock = true
        /// The epoch that it believes it holds.
        var held: Int64 = 1
        /// The epoch in its row.
        var row: Int64 = 1
        var next = Next.idle
        var stopped = false
    }

    /// What a coordinator is in the middle of.
    enum Next: Hashable {
        case idle
        case spawn(attempt: Int, fence: Int64)
        case act(attempt: Int, TakeUp)
        case commit(attempt: Int, from: Int)
        case finish(attempt: Int)
        case takeLock(of: Int, epochSeen: Int64)
        case adopt(Int, epochSeen: Int64, lockTaken: Bool)
    }

    struct Attempt: Hashable {
        var owner: Int
        var fence: Int64 = 1
        var isFinal = false
        var claim: SessionFacts.Claim?
        var host = Host.absent
        var hostFence: Int64 = 0
        var providerAlive = false
        var hasExit = false
        /// 0 or 1 bytes; the one byte is a whole success.
        var spool = 0
        var committed = 0
        var connectedBy: Int?
    }

    enum Host: Hashable { case absent, spawned, running, ended, dead }

    var coordinators = [Coordinator(), Coordinator(), Coordinator()]
    var attempts: [Attempt] = []
    var jobIsFinal = false
    var jobOwner = 0
    var crashesLeft = 2
    var lostLocksLeft = 1
    var killsLeft = 1
    var violation: String?

    /// Every world that can follow this one, with the words for the step.
    func following(_ rules: some OwnershipRules) -> [(step: String, world: OwnershipWorld)] {
        var result: [(step: String, world: OwnershipWorld)] = []
        func add(_ step: String, _ change: (inout OwnershipWorld) -> Void) {
            var world = self
            change(&world)
            world.checkProviders()
            if world != self { result.append((step, world)) }
        }
        for id in coordinators.indices where !coordinators[id].crashed && !coordinators[id].stopped {
            if crashesLeft > 0, id < 2 {
                add("\(id) crashes") {
                    $0.coordinators[id].crashed = true
                    $0.coordinators[id].hasLock = false
                    $0.coordinators[id].next = .idle
                    $0.crashesLeft -= 1
                }
            }
            if lostLocksLeft > 0, coordinators[id].hasLock {
                add("\(id) loses its lock while it is suspended") {
                    $0.coordinators[id].hasLock = false
                    $0.lostLocksLeft -= 1
                }
            }
            steps(of: id, rules, add)
        }
        for index in attempts.indices { hostSteps(of: index, add) }
        return result
    }

    private typealias Add = (String, (inout OwnershipWorld) -> Void) -> Void

    private func steps(of id: Int, _ rules: some OwnershipRules, _ add: Add) {
        let me = coordinators[id]
        switch me.next {
        case .idle:
            if jobOwner == id, attempts.count < 2 {
                add("\(id) begins an attempt") { world in
                    world.transaction(of: id, rules) {
                        let open = $0.attempts.count { !$0.isFinal }
                        guard rules.mayBegin(unfinished: open, jobIsFinal: $0.jobIsFinal) else { return }
                        $0.attempts.append(Attempt(owner: id))
                        $0.coordinators[id].next = .spawn(attempt: $0.attempts.count - 1, fence: 1)
                    }
                }
            }
            for index in attempts.indices where attempts[index].owner == id && !attempts[index].isFinal {
                let facts = SessionFacts(
                    hasExit: attempts[index].hasExit, claim: attempts[index].claim,
                    hostAlive: attempts[index].host == .running)
                add("\(id) looks at attempt \(index)") {
                    $0.coordinators[id].next = .act(attempt: index, rules.takeUp(facts))
                }
            }
            for other in coordinators.indices where other != id {
                guard jobOwner == other || attempts.contains(where: { $0.owner == other && !$0.isFinal }) else {
                    continue
                }
                add("\(id) wonders whether \(other) is gone") {
                    $0.coordinators[id].next = .takeLock(of: other, epochSeen: $0.coordinators[other].row)
                }
            }
        case .spawn(let attempt, let fence):
            add("\(id) spawns the host of attempt \(attempt)") {
                $0.attempts[attempt].host = .spawned
                $0.attempts[attempt].hostFence = fence
                $0.coordinators[id].next = .idle
            }
        case .act(let attempt, let takeUp): act(id, attempt, takeUp, rules, add)
        case .commit(let attempt, let from):
            add("\(id) commits the byte of attempt \(attempt)") { world in
                world.coordinators[id].next = .idle
                world.transaction(of: id, rules) {
                    if $0.attempts[attempt].committed != from { $0.violation = "a byte was recorded twice" }
                    if $0.attempts[attempt].owner != id { $0.violation = "a byte was recorded by one who is no owner" }
                    $0.attempts[attempt].committed = from + 1
                }
            }
        case .finish(let attempt):
            add("\(id) records the end of attempt \(attempt)") { world in
                world.coordinators[id].next = .idle
                world.transaction(of: id, rules) {
                    if $0.attempts[attempt].owner != id { $0.violation = "an end was recorded by one who is no owner" }
                    $0.attempts[attempt].isFinal = true
                    if $0.attempts[attempt].spool == 1 { $0.jobIsFinal = true }
                }
            }
        case .takeLock(let other, let epochSeen):
            add("\(id) takes the lock of \(other), if it is free") {
                $0.coordinators[id].next = .adopt(
                    other, epochSeen: epochSeen, lockTaken: !$0.coordinators[other].hasLock)
            }
        case .adopt(let other, let epochSeen, let lockTaken):
            add("\(id) adopts the work of \(other)") { world in
                world.coordinators[id].next = .idle
                world.transaction(of: id, rules) {
                    let now = $0.coordinators[other].row
                    guard rules.mayAdopt(lockTaken: lockTaken, epochSeen: epochSeen, epochNow: now) else { return }
                    if !lockTaken { $0.violation = "the work of a living coordinator was adopted" }
                    if now != epochSeen { $0.violation = "the same work was adopted twice" }
                    $0.coordinators[other].row = rules.epochAfterAdoption(now)
                    if $0.jobOwner == other { $0.jobOwner = id }
                    for index in $0.attempts.indices
                    where $0.attempts[index].owner == other && !$0.attempts[index].isFinal {
                        $0.attempts[index].owner = id
                        $0.attempts[index].fence = rules.fenceAfterAdoption($0.attempts[index].fence)
                    }
                }
            }
        }
    }

    private func act(_ id: Int, _ attempt: Int, _ takeUp: TakeUp, _ rules: some OwnershipRules, _ add: Add) {
        switch takeUp {
        case .plantClaim:
            add("\(id) plants the claim of attempt \(attempt)") {
                if $0.attempts[attempt].claim == nil { $0.attempts[attempt].claim = .adopter }
                $0.coordinators[id].next = .idle
            }
        case .follow:
            add("\(id) connects to the host of attempt \(attempt)") {
                let fence = $0.attempts[attempt].owner == id ? $0.attempts[attempt].fence : 1
                if rules.hostObeys(fence: fence, highestSeen: $0.attempts[attempt].hostFence) {
                    $0.attempts[attempt].hostFence = max(fence, $0.attempts[attempt].hostFence)
                    if $0.attempts[attempt].owner == id { $0.attempts[attempt].connectedBy = id }
                }
                $0.coordinators[id].next = .idle
            }
            // A coordinator that was suspended since it looked may be about to end what is not its own any more.
            if attempts[attempt].owner != id, attempts[attempt].connectedBy == attempts[attempt].owner {
                add("\(id), no longer the owner, asks the host of attempt \(attempt) to end") {
                    $0.coordinators[id].next = .idle
                    if rules.hostObeys(fence: 1, highestSeen: $0.attempts[attempt].hostFence) {
                        $0.violation = "a host obeyed one who is no owner"
                    }
                }
            }
            read(id, attempt, add)
        case .recordEnding, .declareDead, .neverStarted:
            if attempts[attempt].committed < attempts[attempt].spool, attempts[attempt].host != .running {
                read(id, attempt, add)
                return
            }
            add("\(id) cleans up after attempt \(attempt)") {
                if case .declareDead = takeUp { $0.attempts[attempt].providerAlive = false }
                $0.coordinators[id].next = .finish(attempt: attempt)
            }
        }
    }

    private func read(_ id: Int, _ attempt: Int, _ add: Add) {
        guard attempts[attempt].committed < attempts[attempt].spool else { return }
        add("\(id) reads the spool of attempt \(attempt)") {
            $0.coordinators[id].next = .commit(attempt: attempt, from: $0.attempts[attempt].committed)
        }
    }

    private func hostSteps(of index: Int, _ add: Add) {
        switch attempts[index].host {
        case .spawned:
            add("the host of attempt \(index) claims its folder") {
                guard $0.attempts[index].claim == nil else {
                    $0.attempts[index].host = .absent
                    return
                }
                $0.attempts[index].claim = .host
                $0.attempts[index].host = .running
                $0.attempts[index].providerAlive = true
                if $0.attempts[..<index].contains(where: { $0.spool == 1 }) {
                    $0.violation = "an answer was paid for twice"
                }
            }
        case .running:
            if attempts[index].spool == 0 {
                add("the provider of attempt \(index) answers") { $0.attempts[index].spool = 1 }
            }
            add("the provider of attempt \(index) ends") {
                $0.attempts[index].providerAlive = false
                $0.attempts[index].hasExit = true
                $0.attempts[index].host = .ended
            }
            if killsLeft > 0 {
                add("the host of attempt \(index) is killed") {
                    $0.attempts[index].host = .dead
                    $0.killsLeft -= 1
                }
            }
        case .absent, .ended, .dead: break
        }
    }

    private mutating func transaction(of id: Int, _ rules: some OwnershipRules, _ body: (inout OwnershipWorld) -> Void)
    {
        guard rules.mayWrite(held: coordinators[id].held, recorded: coordinators[id].row) else {
            coordinators[id].stopped = true
            return
        }
        body(&self)
    }

    private mutating func checkProviders() {
        if attempts.count(where: \.providerAlive) > 1 { violation = "two attempts of one job were alive" }
        if attempts.contains(where: { $0.isFinal && $0.providerAlive }) { violation = "an ended attempt was alive" }
        if attempts.contains(where: { $0.isFinal && $0.committed < $0.spool }) { violation = "a byte was lost" }
        if attempts.contains(where: { $0.isFinal && $0.host == .spawned && $0.claim == nil }) {
            violation = "an ended attempt can still start"
        }
    }

    /// True when somebody lives, nobody can do anything more, and the job still has no end.
    func isStuck(hasSteps: Bool) -> Bool {
        let lives = coordinators.contains { !$0.crashed && !$0.stopped }
        return lives && !hasSteps && !jobIsFinal && (attempts.count < 2 || attempts.contains { !$0.isFinal })
    }
}

/// Walks every world that can be reached and returns the shortest way to a violation, or nil and how many there are.
func walk(_ rules: some OwnershipRules) -> (trace: [String]?, worlds: Int) {
    let start = OwnershipWorld()
    var origin: [OwnershipWorld: (parent: OwnershipWorld, step: String)?] = [start: nil]
    var queue = [start]
    var head = 0
    func trace(to world: OwnershipWorld, _ end: String) -> [String] {
        var trace = [end]
        var current: OwnershipWorld? = world
        while let here = current, let entry = origin[here], let (parent, step) = entry {
            trace.insert(step, at: 0)
            current = parent
        }
        return trace
    }
    while head < queue.count {
        let world = queue[head]
        head += 1
        let next = world.following(rules)
        for (step, following) in next where origin[following] == nil {
            origin[following] = .some((world, step))
            if let violation = following.violation {
                return (trace(to: following, violation), origin.count)
            }
            queue.append(following)
        }
        if world.isStuck(hasSteps: !next.isEmpty) {
            return (trace(to: world, "nobody can finish the job"), origin.count)
        }
    }
    return (nil, origin.count)
}
