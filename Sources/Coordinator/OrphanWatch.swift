import EventLoop
import Glibc
import Model
import Store

/// Sees to what other coordinators left when they died.
///
/// A host starts a recovery only when no coordinator lives; so whoever lives looks, and leaves the work to a process of its
/// own, because this one ends with its run. Each further start in vain is waited for longer.
struct OrphanWatch {
    private let surroundings: Surroundings
    /// The process that was started last, until it has ended.
    private var helper: Int32?
    private var pause = OrphanWatch.shortest
    private var next = Monotonic.now
    private static let shortest = Duration.seconds(5)
    private static let longest = Duration.seconds(600)

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Looks whether a coordinator died and left something, and starts a process that takes it over.
    mutating func look(in store: Store, at now: Monotonic) {
        if let pid = helper {
            guard waitpid(pid, nil, WNOHANG) != 0 else { return }
            helper = nil
        }
        guard now >= next, let dead = try? store.read({ try $0.deadCoordinators() }) else { return }
        // Whoever serves the store does it by itself.
        if dead.isEmpty || ServingHolder.isReliable(in: store.stateFolder) {
            pause = OrphanWatch.shortest
            return
        }
        next = now + pause
        pause = min(pause * 2, OrphanWatch.longest)
        // Failing to start it costs nothing now: the next look tries again.
        helper = try? BackgroundCoordinator.start(
            tutti: surroundings.tutti, store: store.path, environment: surroundings.environment, isWaitedFor: true)
    }
}
