import EventLoop
import Model
import Providers
import TestSupport
import Testing

@testable import Sessions

@Suite struct SessionMachineTests {
    static let ladders: [[LadderStep]] = [
        [
            LadderStep(.closeStdin, wait: .zero), LadderStep(.signal(15), wait: .seconds(5)),
            LadderStep(.killTree, wait: .zero),
        ],
        [
            LadderStep(.signal(2), wait: .seconds(5)), LadderStep(.signal(15), wait: .seconds(2)),
            LadderStep(.killTree, wait: .zero),
        ],
        [LadderStep(.signal(15), wait: .seconds(1))],
        [],
    ]

    /// A world around one machine: a host and a provider that behave at random, and virtual time.
    struct World {
        var machine: SessionMachine
        var random: SplitMix64
        var now = Monotonic(nanoseconds: 1_000_000_000)
        var concluded = 0
        var reason: SessionMachine.Reason?
        /// What was sent to the host, in order.
        var sent: [SessionMachine.Action] = []
        var states: [SessionState] = []
        var broken: [String] = []
        var isGone = false
        var abandoned = false
        /// Things that will happen by themselves.
        var promised: [SessionMachine.Event] = []
        /// What the provider obeys, and what the host.
        let obeys: Set<Int32>
        let hostObeys: Bool

        init(seed: UInt64) {
            var random = SplitMix64(seed: seed)
            func maybe(_ seconds: ClosedRange<Int>) -> Duration? {
                Int.random(in: 0..<4, using: &random) == 0 ? nil : .seconds(Int.random(in: seconds, using: &random))
            }
            let limits = SessionLimits(
                startup: maybe(1...30), firstByte: maybe(1...30), idle: maybe(1...60), toolIdle: maybe(1...90),
                total: maybe(10...300), afterResult: maybe(0...10), backgroundWait: maybe(1...30),
                grace: maybe(1...10))
            let ladder = SessionMachineTests.ladders.randomElement(using: &random) ?? []
            machine = SessionMachine(
                limits: limits, ladder: ladder, keepsInputOpen: Bool.random(using: &random),
                isAttached: Int.random(in: 0..<3, using: &random) == 0)
            obeys = Bool.random(using: &random) ? [15] : Bool.random(using: &random) ? [2, 15] : []
            hostObeys = Int.random(in: 0..<4, using: &random) != 0
            self.random = random
        }

        mutating func tell(_ event: SessionMachine.Event) {
            if case .exited = event { isGone = true }
            if case .hostGone = event { isGone = true }
            for action in machine.handle(event, at: now) { take(action) }
        }

        private mutating func take(_ action: SessionMachine.Action) {
            if concluded > 0 { broken.append("\(action) after the end") }
            switch action {
            case .report(let state, _): states.append(state)
            case .abandonStart: promised.append(.notSpawned(Failure(.cancelled, "abandoned")))
            case .closeInput: send(action)
            case .signal(let number):
                send(action)
                if obeys.contains(number), hostObeys { promised.append(.exited) }
            case .killTree:
                send(action)
                if hostObeys { promised.append(.exited) }
            case .cleanUp:
                isGone = true
                promised.append(.cleanedUp)
            case .readToEnd: promised.append(.spoolRead)
            case .conclude(let why):
                concluded += 1
                reason = why
            }
        }

        private mutating func send(_ action: SessionMachine.Action) {
            if isGone { broken.append("\(action) sent to a host that is gone") }
            sent.append(action)
        }

        mutating func step() {
            let chance = Int.random(in: 0..<100, using: &random)
            if chance < 25, let index = promised.indices.randomElement(using: &random) {
                tell(promised.remove(at: index))
                return
            }
            now = now + .milliseconds(Int.random(in: 0...5000, using: &random))
            if let deadline = machine.deadline, deadline <= now { tell(.time) }
            switch chance {
            case 25..<35: if machine.spawnedAt == nil { tell(.spawning) }
            case 35..<45: if machine.spawnedAt != nil { tell(.hostStarted(since: now)) }
            case 45..<70: tell(.output(standing(), isTurnOpen: Bool.random(using: &random)))
            case 70..<73: tell(.end(.cancelled))
            case 73: tell(.kill(.budget))
            case 74: if machine.spawnedAt != nil { tell(.exited) }
            case 75: if machine.spawnedAt != nil { tell(.hostGone) }
            case 76: tell(.truncated)
            case 81: if machine.spawnedAt != nil, machine.startedAt == nil, !isGone { postpone() }
            case 77..<80: tell(.caughtUp)
            case 80: if machine.spawnedAt == nil { tell(.notSpawned(Failure(.startFailed, "no"))) }
            default: break
            }
        }

        /// There was no host, so nothing was sent to anybody.
        private mutating func postpone() {
            sent = []
            promised = []
            tell(.postponed)
        }

        private mutating func standing() -> Standing {
            var standing = Standing()
            standing.firstByte = true
            standing.resultSeen = Bool.random(using: &random)
            standing.wholeSuccess = standing.resultSeen && Bool.random(using: &random)
            standing.openTasks = Int.random(in: 0...1, using: &random)
            let quiets: [Standing.Quiet?] = [nil, nil, .tool, .question, .background, .retry(seconds: 3)]
            standing.quiet = quiets.randomElement(using: &random) ?? nil
            if Int.random(in: 0..<20, using: &random) == 0 { standing.hopeless = Failure(.auth, "refused") }
            return standing
        }

        /// Nothing happens any more but what was promised, and time.
        mutating func settle() {
            if machine.spawnedAt == nil, promised.isEmpty { tell(.spawning) }
            tell(.caughtUp)
            tell(.end(.cancelled))
            if machine.spawnedAt == nil, promised.isEmpty { tell(.spawning) }
            for _ in 0..<50 where concluded == 0 {
                if !promised.isEmpty {
                    tell(promised.removeFirst())
                } else if let deadline = machine.deadline {
                    now = max(now, deadline)
                    tell(.time)
                }
            }
        }
    }

    @Test func `whatever happens, a session ends exactly once`() {
        let seed = printedSeed()
        for run in 0..<20_000 {
            var world = World(seed: seed &+ UInt64(run))
            for _ in 0..<Int.random(in: 0...60, using: &world.random) { world.step() }
            world.settle()
            let what = "seed \(seed &+ UInt64(run)): \(world.machine.phase), sent \(world.sent)"
            #expect(world.concluded == 1, "\(what)")
            #expect(world.broken.isEmpty, "\(what): \(world.broken)")
            #expect(world.states.filter { $0 == .ending }.count <= 1, "\(what): \(world.states)")
            checkOrder(world, what)
            if world.concluded != 1 || !world.broken.isEmpty { return }
        }
    }

    /// Rungs come in the ladder's order, and none twice.
    private func checkOrder(_ world: World, _ what: String) {
        let ladder = world.machine.ladder
        var rung = 0
        for action in world.sent {
            let wanted: LadderStep.Action =
                switch action {
                case .closeInput: .closeStdin
                case .signal(let number): .signal(number)
                default: .killTree
                }
            guard let index = ladder[rung...].firstIndex(where: { $0.action == wanted }) else {
                Issue.record("\(what): \(action) is out of order")
                return
            }
            rung = index + 1
        }
    }

    private func running(_ limits: SessionLimits, ladder: Int = 0) -> SessionMachine {
        var machine = SessionMachine(limits: limits, ladder: SessionMachineTests.ladders[ladder])
        _ = machine.handle(.spawning, at: at(0))
        #expect(machine.handle(.hostStarted(since: at(0)), at: at(0)) == [.report(.running)])
        return machine
    }

    private func at(_ seconds: Double) -> Monotonic { Monotonic(nanoseconds: Int64(seconds * 1e9)) }

    @Test func `each rung has its time before the next`() {
        var machine = running(SessionLimits(grace: .seconds(8)), ladder: 1)
        #expect(machine.handle(.end(.cancelled), at: at(1)) == [.report(.ending, because: .cancelled), .signal(2)])
        #expect(machine.deadline == at(6))
        #expect(machine.handle(.time, at: at(5.9)) == [])
        #expect(machine.handle(.time, at: at(6)) == [.signal(15)])
        #expect(machine.handle(.time, at: at(8)) == [.killTree])
        #expect(machine.handle(.time, at: at(15.9)) == [])
        #expect(machine.handle(.time, at: at(16)) == [.cleanUp])
        #expect(machine.handle(.end(.cancelled), at: at(17)) == [])
        #expect(machine.handle(.cleanedUp, at: at(17)) == [.readToEnd])
        let reason = SessionMachine.Reason(isOurs: true, cause: .cancelled)
        #expect(machine.handle(.spoolRead, at: at(17)) == [.conclude(reason)])
        #expect(machine.phase == .ended)
    }

    @Test func `the whole ladder is climbed within the grace`() {
        var machine = running(SessionLimits(grace: .milliseconds(700)), ladder: 1)
        #expect(machine.handle(.end(.cancelled), at: at(1)) == [.report(.ending, because: .cancelled), .signal(2)])
        #expect(machine.deadline == at(1.5))
        #expect(machine.handle(.time, at: at(1.5)) == [.signal(15)])
        #expect(machine.handle(.time, at: at(1.7)) == [.killTree])
        var atOnce = running(SessionLimits(grace: .zero), ladder: 1)
        let all: [SessionMachine.Action] = [
            .report(.ending, because: .cancelled), .signal(2), .signal(15), .killTree, .cleanUp,
        ]
        var done = atOnce.handle(.end(.cancelled), at: at(1))
        done += atOnce.handle(.time, at: at(1))
        #expect(done == all)
    }

    @Test func `a second cancel goes straight to the tree`() {
        var machine = running(SessionLimits())
        #expect(machine.handle(.end(.cancelled), at: at(1)) == [.report(.ending, because: .cancelled), .signal(15)])
        #expect(machine.handle(.end(.budget), at: at(1.1)) == [.killTree])
        #expect(machine.handle(.end(.cancelled), at: at(1.2)) == [])
        #expect(machine.reason.cause == .cancelled)
    }

    @Test func `silence is excused by what the provider is at`() {
        let limits = SessionLimits(
            firstByte: .seconds(10), idle: .seconds(20), toolIdle: .seconds(100), backgroundWait: .seconds(50))
        var machine = running(limits)
        #expect(machine.deadline == at(10))
        var standing = Standing()
        standing.firstByte = true
        func hears(_ quiet: Standing.Quiet?, at moment: Double) -> Monotonic? {
            standing.quiet = quiet
            _ = machine.handle(.output(standing, isTurnOpen: true), at: at(moment))
            return machine.deadline
        }
        #expect(hears(nil, at: 1) == at(21))
        #expect(hears(.tool, at: 2) == at(102))
        #expect(hears(.retry(seconds: 7), at: 3) == at(30))
        #expect(hears(.background, at: 4) == at(54))
        #expect(hears(.question, at: 5) == nil)
        standing.resultSeen = true
        // A further turn is open: it is watched like the first.
        #expect(hears(nil, at: 6) == at(26))
        _ = machine.handle(.output(standing, isTurnOpen: false), at: at(7))
        #expect(machine.deadline == at(17))
    }

    @Test func `a question for a person is a state of its own`() {
        var machine = running(SessionLimits())
        var standing = Standing()
        standing.firstByte = true
        standing.quiet = .question
        #expect(machine.handle(.output(standing, isTurnOpen: true), at: at(1)) == [.report(.needsInput)])
        #expect(machine.handle(.output(standing, isTurnOpen: true), at: at(2)) == [])
        standing.quiet = nil
        #expect(machine.handle(.output(standing, isTurnOpen: true), at: at(3)) == [.report(.running)])
    }

    @Test func `output that was read before the host's record is judged after it`() {
        var machine = SessionMachine(limits: SessionLimits(), ladder: SessionMachineTests.ladders[0])
        var standing = Standing()
        standing.firstByte = true
        standing.hopeless = Failure(.auth, "refused")
        _ = machine.handle(.spawning, at: at(0))
        #expect(machine.handle(.output(standing, isTurnOpen: true), at: at(0)) == [])
        #expect(
            machine.handle(.hostStarted(since: at(0)), at: at(0))
                == [.report(.running), .report(.ending, because: .auth), .signal(15)])
    }

    @Test func `nothing that was written before an attach ends a session`() {
        var machine = SessionMachine(
            limits: SessionLimits(idle: .seconds(1)), ladder: SessionMachineTests.ladders[0], isAttached: true)
        var standing = Standing()
        standing.firstByte = true
        standing.hopeless = Failure(.auth, "refused, and healed later")
        _ = machine.handle(.spawning, at: at(0))
        _ = machine.handle(.hostStarted(since: at(0)), at: at(500))
        #expect(machine.handle(.output(standing, isTurnOpen: true), at: at(500)) == [])
        #expect(machine.deadline == nil)
        standing.hopeless = nil
        _ = machine.handle(.output(standing, isTurnOpen: true), at: at(500))
        #expect(machine.handle(.caughtUp, at: at(500)) == [])
        #expect(machine.deadline == at(501))
    }
}
