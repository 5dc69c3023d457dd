import EventLoop
import Foundation
import Glibc
import Model
import Providers
import Synchronization

/// The one thread on which hosts are started, and on which everything is done that may block for a moment.
///
/// Foundation's `Process` wants to be started from a plain thread that stays, and from one only: from a task the child
/// begins with SIGTERM blocked, and two starts at once leak descriptors into each other's children.
final class Starter: Sendable {
    /// What comes of the work, told on the starter's thread (`hostEnded` on one of Foundation's).
    enum Report: Sendable {
        /// The folder is made and the input written: it can be watched.
        case prepared
        /// The host is being started now.
        case starting
        /// It could not be for want of resources, and is tried again later.
        case postponed
        case notStarted(Failure)
        /// Foundation has seen the host's end: its status, or its signal as a negative number.
        case hostEnded(Int32)
        /// What belonged to the session and could be killed is killed.
        case cleanedUp
        /// Whether any process carries the session's mark.
        case probed(Bool)
    }

    private enum Job {
        case start(SessionPlan, attempt: Int, since: Monotonic)
        case cleanUp([Identifier])
        case probe([Identifier])
    }

    private struct State {
        var starts: [Job] = []
        /// What is asked for by now goes together: a look at all processes costs the same for one session as for a hundred.
        var cleanUps: [Identifier] = []
        var probes: [Identifier] = []
        /// Starts that met a want of resources, and when they are tried again.
        var later: [(moment: Monotonic, job: Job)] = []
        var abandoned: Set<Identifier> = []
        /// Kept until their end: nobody else holds them.
        var running: [Identifier: Process] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let report: @Sendable (Identifier, Report) -> Void
    private let null: FileHandle

    init(report: @escaping @Sendable (Identifier, Report) -> Void) throws {
        self.report = report
        let descriptor = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw LoopError("open /dev/null", number: errno) }
        null = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let thread = Thread { [self] in work() }
        thread.name = "tutti-starter"
        thread.start()
    }

    /// Starts the host of `plan`, after those asked for before.
    func start(_ plan: SessionPlan) { submit(.start(plan, attempt: 0, since: .now)) }

    /// Does not start this session any more, if it is not being started yet; `notStarted` says so.
    func abandon(_ id: Identifier) {
        state.withLock { _ = $0.abandoned.insert(id) }
        wake.signal()
    }

    /// Kills whatever carries the session's mark.
    func cleanUp(_ id: Identifier) { submit(.cleanUp([id])) }

    /// Looks whether anything carries the session's mark.
    func probe(_ id: Identifier) { submit(.probe([id])) }

    /// Lets the thread end after what it is doing. What waits is not done any more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.starts = []
            state.cleanUps = []
            state.probes = []
            state.later = []
        }
        wake.signal()
    }

    private func submit(_ job: Job) {
        state.withLock { state in
            if state.isStopped { return }
            switch job {
            case .start: state.starts.append(job)
            case .cleanUp(let ids): state.cleanUps += ids
            case .probe(let ids): state.probes += ids
            }
        }
        wake.signal()
    }

    // MARK: The thread

    private enum Next {
        case work([Job])
        case wait(until: Monotonic?)
        case end
    }

    private func work() {
        while true {
            switch next() {
            case .end: return
            case .wait(nil): wake.wait()
            case .wait(.some(let moment)):
                let rest = max(0, (moment - .now).nanoseconds)
                _ = wake.wait(timeout: .now() + .nanoseconds(Int(rest)))
            case .work(let jobs): for job in jobs { perform(job) }
            }
        }
    }

    private func next() -> Next {
        state.withLock { state in
            if state.isStopped { return .end }
            let now = Monotonic.now
            let abandoned = state.abandoned
            let isWanted = { (job: Job) in
                if case .start(let plan, _, _) = job { return !abandoned.contains(plan.id) }
                return true
            }
            // What is due comes after what is new: a machine short of resources is not helped by trying again first.
            let due = state.later.filter { $0.moment <= now || !isWanted($0.job) }.map(\.job)
            if !due.isEmpty { state.later.removeAll { $0.moment <= now || !isWanted($0.job) } }
            var work: [Job] = []
            if !state.cleanUps.isEmpty { work.append(.cleanUp(state.cleanUps)) }
            if !state.probes.isEmpty { work.append(.probe(state.probes)) }
            (state.cleanUps, state.probes) = ([], [])
            let starts = state.starts + due
            work += starts.prefix(16)
            // A few only: what has to be cleaned up meanwhile does not wait for a thousand starts.
            state.starts = Array(starts.dropFirst(16))
            return work.isEmpty ? .wait(until: state.later.map(\.moment).min()) : .work(work)
        }
    }

    private func perform(_ job: Job) {
        if state.withLock({ $0.isStopped }) { return }
        switch job {
        case .start(let plan, let attempt, let since): start(plan, attempt: attempt, since: since)
        case .probe(let ids):
            let alive = try? MarkedProcesses(of: Set(ids)).sessionsAlive()
            // What cannot be told must not be taken for dead.
            for id in ids { report(id, .probed(alive?.contains(id) ?? true)) }
        case .cleanUp(let ids):
            MarkedProcesses(of: Set(ids)).kill()
            for id in ids { report(id, .cleanedUp) }
        }
    }

    private func start(_ plan: SessionPlan, attempt: Int, since: Monotonic) {
        func giveUp(_ failure: Failure) {
            state.withLock { _ = $0.abandoned.remove(plan.id) }
            report(plan.id, .notStarted(failure))
        }
        if state.withLock({ $0.abandoned.contains(plan.id) }) {
            return giveUp(Failure(.cancelled, "the session was ended before it was started"))
        }
        if let obstacle = StartChecks.obstacle(to: plan) { return giveUp(obstacle) }
        do throws(StartError) {
            if attempt == 0 {
                try SessionFolder.make(plan)
                report(plan.id, .prepared)
            }
            try probeDescriptors()
            try run(plan)
        } catch {
            guard error.isTransient, Monotonic.now - since < Starter.patience else { return giveUp(error.failure) }
            report(plan.id, .postponed)
            // 20 ms, doubled up to 1 s: descriptors and processes come free when other sessions end.
            let wait = Duration.milliseconds(min(1000, 20 << min(attempt, 6)))
            state.withLock { state in
                state.later.append((.now + wait, .start(plan, attempt: attempt + 1, since: since)))
            }
        }
    }

    private static let root = URL(fileURLWithPath: "/", isDirectory: true)

    /// How long a start waits for descriptors, processes or memory.
    private static let patience = Duration.seconds(300)

    /// Foundation traps, or hands out descriptor -1, when there are none left in the middle of a start.
    private func probeDescriptors() throws(StartError) {
        var taken: [Int32] = []
        defer { for descriptor in taken { Glibc.close(descriptor) } }
        for _ in 0..<16 {
            let descriptor = fcntl(null.fileDescriptor, F_DUPFD_CLOEXEC, 3)
            guard descriptor >= 0 else { throw StartError("start the host", number: errno) }
            taken.append(descriptor)
        }
    }

    private func run(_ plan: SessionPlan) throws(StartError) {
        let command = HostCommand(plan)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command.executable, isDirectory: false)
        process.arguments = command.arguments
        process.environment = command.environment
        // The host goes to the module's folder by itself; ours may have been removed meanwhile, which Foundation would
        // report as a missing executable.
        process.currentDirectoryURL = Starter.root
        process.standardInput = null
        process.standardOutput = null
        process.standardError = null
        let id = plan.id
        // Holds the starter: a host that ends after its supervisor was closed is reaped too.
        process.terminationHandler = { [self] process in
            // Breaks the circle that keeps the process and its descriptor for ever.
            process.terminationHandler = nil
            let status = process.terminationStatus
            let ending = process.terminationReason == .uncaughtSignal ? -status : status
            state.withLock { state in
                state.running[id] = nil
                state.abandoned.remove(id)
            }
            report(id, .hostEnded(ending))
        }
        state.withLock { $0.running[id] = process }
        report(id, .starting)
        do {
            try process.run()
        } catch {
            process.terminationHandler = nil
            state.withLock { _ = $0.running.removeValue(forKey: id) }
            throw StartError("start the host \(command.executable)", error)
        }
        // Copies that nobody reads again: a prompt's worth of environment for each of a thousand sessions.
        process.arguments = nil
        process.environment = nil
        // The object itself stays for ever: its run loop's source holds it, and it holds the source.
        process.executableURL = Starter.root
    }
}
