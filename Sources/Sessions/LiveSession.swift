import EventLoop
import Model
import Providers

/// What the loop keeps of one session while it lives. Small: there are a thousand of them.
final class LiveSession {
    let id: Identifier
    let folder: String
    let epoch: Int64
    let isAttached: Bool
    /// True for an adopted session of which it is known that its host had started the provider.
    var wasStarted = false
    var machine: SessionMachine
    var stream: ProviderStream
    /// Events of bytes up to here are recorded already.
    let committed: Int64
    /// The folder as the follower names it; nil until it is followed.
    var followed: FollowedFolder?
    var identity: HostIdentity?
    var exit: ExitRecord?
    var control: HostControl?
    /// Of an adopted host: Foundation tells us of our own.
    var watch: ProcessWatch?
    /// What waits to be said when there is a control: a session's first input.
    var firstInput: [UInt8]?
    /// True when nothing of it may be signalled: its host was of another boot, or lives in another pid namespace.
    var isOutOfReach = false
    /// Set when the host has been seen to end, and with what status, where that is known.
    var hostEnd: (status: Int32?, isSeen: Bool) = (nil, false)
    /// How often a host was looked for that has left no trace.
    var probes = 0
    /// When to look again for what could not be looked at for want of descriptors, or for a second probe.
    var retryAt: Monotonic?
    /// The highest turn that began, and the highest that has its result.
    var turnStarted = -1
    var turnCompleted = -1

    init(_ plan: SessionPlan, committed: Int64, isAttached: Bool) {
        id = plan.id
        folder = plan.folder
        epoch = plan.epoch
        self.isAttached = isAttached
        self.committed = committed
        machine = SessionMachine(
            limits: plan.limits, ladder: plan.definition.ladder, keepsInputOpen: plan.keepsInputOpen,
            isAttached: isAttached)
        stream = plan.definition.makeStream(counted: plan.countedUsage, keepsAnswer: plan.keepsAnswer)
        if plan.keepsInputOpen, !isAttached { firstInput = plan.launch.stdin }
    }

    /// Takes note of the turns in new events.
    func note(_ events: [SpoolEvent]) {
        for event in events {
            switch event.event {
            case .turnStarted(let turn): turnStarted = max(turnStarted, turn)
            case .turnCompleted(let turn, _): turnCompleted = max(turnCompleted, turn)
            default: break
            }
        }
    }

    /// True between a turn's start and its result.
    var isTurnOpen: Bool { turnStarted > turnCompleted }
}
