import EventLoop
import Foundation
import Model
import Scheduler
import Sessions
import Settings
import Store

/// The coordinator's own thread: takes messages, asks the machines, commits what they decide, and then does it.
///
/// Everything here is used by that one thread only. It may wait for the store; nobody waits for it.
final class Worker {
    /// What others tell the thread.
    enum Message: Sendable {
        case report(SessionReport, at: Timestamp)
        case spent(Identifier, Spent)
        /// The check of an attempt that ended well is over.
        case verified(Identifier, Ending, Outcome, Slice, at: Timestamp)
        /// The key is found under which the answer of an attempt is kept that is to begin.
        case keyed(Identifier, attempt: Int)
        /// The store did not let a session begin.
        case refused(Identifier, ClaimRefusal)
        /// A run that this coordinator owns has been written.
        case take(Identifier)
        /// A run that this coordinator owns has another plan than it had.
        case replanned(Identifier)
        case adopt
        /// Somebody wants to know whether the thread still works.
        case ask
        /// What the store's writer says of streamed text that it could not commit; nil when it can again.
        case trouble((any Error)?)
        /// A wish to cancel is about to be written, by one who wants the run to end with this.
        case cancelling(Identifier, ExitCode)
        case cancel(Identifier, ExitCode)
        case kill
        case close
    }

    /// A job, by its run and its place in it.
    struct Place {
        let run: Identifier
        let index: Int
    }

    /// What the thread tells those who wait.
    enum Change: Sendable {
        case began(Identifier)
        case finished(Identifier)
        /// Everything that could be adopted was.
        case settled
        /// What a coordinator left that died.
        case tookOver(Identifier, runs: Int, sessions: Int)
        case answered
        /// With what stopped it, if anything did, and whether runs are left that nobody else has.
        case ended(TuttiError?, leavesWork: Bool)
    }

    let id: Identifier
    let store: Store
    let fence: Fence
    let surroundings: Surroundings
    let supervisor: SessionSupervisor
    let recorder: Recorder
    let sentinel: RecoveryGuard
    let box: Mailbox<Message>
    let note: @Sendable (Change) -> Void
    let admission: Admission

    /// Decides which job of all runs starts next. Its time counts from `start`.
    var queue: JobQueue
    let start = Monotonic.now
    /// What the queue is still to be told, in order.
    var untold: [JobQueue.Event] = []
    var isTelling = false
    var runs: [Identifier: LiveRun] = [:]
    /// Runs that this coordinator owns and could not read yet.
    var unread: Set<Identifier> = []
    /// Runs that are to be taken up anew, as they have another plan.
    var replanned: Set<Identifier> = []
    /// Runs that were taken up and whose jobs the queue does not know yet.
    var arrived: [Identifier] = []
    /// The run of each job that the queue knows.
    var owners: [Identifier: Identifier] = [:]
    /// Which job each live session belongs to.
    var sessions: [Identifier: Place] = [:]
    /// What pools allow, by the settings of this coordinator and of its runs.
    var limits: [Pool: PoolLimit] = [:]
    /// … and what is written of pools that people named.
    var written: [Pool: PoolLimit] = [:]
    /// Pools that find out by themselves what they bear.
    var governed: Set<Pool> = []
    /// The day (UTC, since 1970) that is being paid for.
    var today: Int64 = 0
    /// Runs are being given to the queue: what it says of them has been told before.
    var isTakingUp = false
    /// … and a run among them that went on meanwhile: what it was told to end has been told.
    var isRenewing = false
    /// The last wish of a person that was obeyed.
    var lastWish: Int64 = 0
    /// What the other coordinators were last heard to use; nil when the queue must hear it again in any case.
    var usedElsewhere: [Pool: PoolUse]? = [:]
    /// The settings of each run, read once when it begins, and when they are next asked whether they are trusted.
    var configurations: [Identifier: (configuration: Configuration, due: Monotonic)] = [:]
    var commit = Commit()
    /// Runs whose last job has ended; they are finished once that is committed.
    var finishing: [Identifier] = []
    /// Adopted sessions that wait to be followed.
    var arrivals = Arrivals()
    /// When the queue wants to be asked although nothing happens to it.
    var queueWake: Monotonic?
    /// When runs have used up their time.
    var deadlines: [Identifier: Monotonic] = [:]
    /// Why this machine has no room for more; nil when it has.
    private(set) var refusal: String?
    /// How many had room in its memory at the last look; nil is any number.
    var starts: Int?
    /// Runs were told that nothing new is started. Of memory that is only spoken for they are not: that comes and goes with
    /// each start.
    private var isShort = false
    /// What the sessions of each provider need of the memory.
    var forecast = MemoryForecast()
    /// … and what they are taken to need before any was seen, by their provider's name.
    var usualNeeds: [String: Int64] = [:]
    var isClosing = false
    var failure: TuttiError?
    /// Somebody has taken over everything.
    var isFenced = false
    private var orphans: OrphanWatch
    var nextGlance = Monotonic.now
    private var nextHeartbeat = Monotonic.now
    private var nextDayLook = Monotonic.now
    var retryCommitAt: Monotonic?
    /// Why the last commit failed, until one works.
    var paused: String?
    var trouble: String?

    init(
        id: Identifier, store: Store, fence: Fence, surroundings: Surroundings, supervisor: SessionSupervisor,
        recorder: Recorder, sentinel: RecoveryGuard, box: Mailbox<Message>, note: @escaping @Sendable (Change) -> Void
    ) {
        self.id = id
        self.store = store
        self.fence = fence
        self.surroundings = surroundings
        self.supervisor = supervisor
        self.recorder = recorder
        self.sentinel = sentinel
        self.box = box
        self.note = note
        admission = Admission(limits: surroundings.limits)
        queue = JobQueue(seed: SystemRandomNumberGenerator.seed())
        orphans = OrphanWatch(
            tutti: surroundings.tutti, environment: surroundings.environment, isPatient: false)
    }

    /// The thread's main function.
    func work() {
        store.onError = { [box] error in box.put(.trouble(error)) }
        beginQueue()
        recallNeeds()
        while !isClosing {
            for message in box.take(until: nextWake) { handle(message) }
            glance()
            let now = Monotonic.now
            enterArrivedRuns()
            if let queueWake, queueWake <= now { feed(.tick) }
            for (run, moment) in deadlines where moment <= now { look(run, at: now) }
            followArrivals()
            flush()
            renewRuns()
        }
        for run in runs.values {
            for job in run.jobs {
                job.verification?.cancel()
                job.keyWork?.cancel()
            }
        }
        let done = DispatchSemaphore(value: 0)
        Task { [supervisor] in
            // Must finish although nobody waits for the task itself: the thread does.
            await supervisor.close()
            done.signal()
        }
        done.wait()
        let leavesWork = leavesWork
        if !leavesWork, !isFenced { try? store.writeAndWait { [id] in try $0.release(id, at: .now) } }
        note(.ended(failure, leavesWork: leavesWork))
    }

    /// Whether anything of this coordinator must be taken over. The store says so: what is in memory may be ahead of it, where
    /// the last commit did not come about. A store that cannot be read counts as one with work in it.
    private var leavesWork: Bool {
        if isFenced { return false }
        return (try? store.read { try $0.ownersOfWork().contains(id) }) ?? true
    }

    func handle(_ message: Message) {
        switch message {
        case .report(let report, let time): handle(report, at: time)
        case .spent(let session, let amount): spent(session, amount)
        case .refused(let session, let refusal): refused(session, refusal)
        case .keyed(let job, let attempt): keyed(job, attempt: attempt)
        case .verified(let session, let ending, let outcome, let last, let time):
            verified(session, ending, outcome, last, at: time)
        case .take(let run): take(run)
        case .replanned(let run): replanned.insert(run)
        case .adopt:
            adoptAll()
            note(.settled)
        case .ask: note(.answered)
        case .cancelling(let run, let exit): runs[run]?.cancelExit = exit
        case .cancel(let run, let exit): cancel(run, exit)
        case .trouble(let error): hear(error)
        case .kill: kill()
        case .close: isClosing = true
        }
    }

    /// When something is due by itself.
    private var nextWake: Monotonic {
        var wake = runs.isEmpty && unread.isEmpty ? nextHeartbeat : min(nextGlance, nextHeartbeat)
        for moment in deadlines.values { wake = min(wake, moment) }
        if let queueWake { wake = min(wake, queueWake) }
        if !arrived.isEmpty { wake = .now }
        return max(wake, retryCommitAt ?? wake)
    }

    /// Looks at what nobody tells: wishes of other processes, and the machine's room.
    func glance() {
        let now = Monotonic.now
        if now >= nextHeartbeat {
            nextHeartbeat = now + .seconds(5)
            sentinel.keep()
            commit.write { [id] in try $0.heartbeat(id, at: .now) }
            switch surroundings.kind {
            case Coordinator.recovering: if !runs.isEmpty { adoptAll() }
            // Told by whoever looks once a second.
            case Coordinator.serving: break
            default: orphans.look(in: store, at: now)
            }
        }
        guard now >= nextGlance, !runs.isEmpty || !unread.isEmpty else { return }
        nextGlance = now + .milliseconds(250)
        for run in unread { take(run) }
        arrivals.again()
        let wishes = (try? store.read { [id] in try $0.cancelRequests(owner: id) }) ?? []
        // Whoever wrote a wish may have said before, in the box, how the run is to end.
        if !wishes.isEmpty { for message in box.take(until: .now) { handle(message) } }
        for wish in wishes { obey(wish) }
        var readings = Admission.read(
            folder: store.stateFolder, backlog: Int64(store.backlogBytes) + supervisor.unreadBytes,
            live: sessions.count)
        foresee(&readings, at: now)
        let shortage = admission.refusal(readings)
        let (refusal, starts) = (shortage ?? admission.crowding(readings), admission.starts(readings))
        if refusal != self.refusal {
            // Said when it begins and when it ends; the figures in between change with every look.
            if (shortage != nil) != isShort {
                isShort = shortage != nil
                tellRuns(shortage.map { "nothing new is started: \($0)" } ?? "there is room again")
                commit.write { try $0.setPool(.machine(Machine.name), standing: shortage, until: nil) }
            }
        }
        if refusal != self.refusal || starts != nil || self.starts != nil {
            self.refusal = refusal
            self.starts = starts
            feed(.admission(refusal: refusal, starts: starts))
        }
        // A wish about jobs that the queue does not know yet would be heard by nobody.
        enterArrivedRuns()
        if now >= nextDayLook {
            nextDayLook = now + .seconds(1)
            lookAtDays(.now)
        }
        hearOthers()
    }
}
