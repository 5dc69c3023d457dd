package import EventLoop
import Glibc
import Model
package import Store

/// Sees to work that nobody does: what other coordinators left when they died, and runs that were written and never claimed.
///
/// A host starts a recovery only when no coordinator lives, and dies with its machine; so whoever lives looks, and leaves the
/// work to a process of its own, because this one ends with its run. Each further start in vain is waited for longer.
package struct OrphanWatch {
    private let tutti: String
    private let environment: [String: String]
    /// Gives those time that are there for it: guards, hosts, and the process that is being started for a new run.
    private let isPatient: Bool
    /// What was left already at the last look.
    private var before: Set<Identifier> = []
    /// The process that was started last, until it has ended.
    private var helper: Int32?
    private var pause = OrphanWatch.shortest
    private var next = Monotonic.now
    private static let shortest = Duration.seconds(5)
    private static let longest = Duration.seconds(600)

    /// A watch that starts the program at `tutti`; one that is patient starts it for what was left at two looks.
    package init(tutti: String, environment: [String: String], isPatient: Bool) {
        self.tutti = tutti
        self.environment = environment
        self.isPatient = isPatient
    }

    /// Looks, at most every five seconds if it is patient, whether work is left that nobody does, and starts a process that
    /// takes it over.
    package mutating func look(in store: Store, at now: Monotonic) {
        guard !isBusy(), now >= next,
            let (left, dead) = try? store.read({ (try left($0), try $0.deadCoordinators().map(\.id)) })
        else { return }
        let ripe = left.intersection(isPatient ? before : before.union(dead))
        before = left
        if isPatient { next = now + OrphanWatch.shortest }
        // Whoever serves the store does it by itself.
        if left.isEmpty || ServingHolder.isReliable(in: store.stateFolder) {
            pause = OrphanWatch.shortest
            return
        }
        guard !ripe.isEmpty else { return }
        next = now + pause
        pause = min(pause * 2, OrphanWatch.longest)
        // Failing to start it costs nothing now: the next look tries again.
        helper = try? BackgroundCoordinator.start(
            tutti: tutti, store: store.path, environment: environment, isWaitedFor: true)
    }

    /// True while the process that was started last has not ended; reaps it when it has.
    mutating func isBusy() -> Bool {
        if let pid = helper, waitpid(pid, nil, WNOHANG) != 0 { helper = nil }
        return helper != nil
    }

    /// What nobody does. Where recoveries die one after another, the runs are the same and their owners are not.
    private func left(_ reader: StoreReader) throws -> Set<Identifier> {
        if isPatient { return try reader.abandonedRuns() }
        return Set(try reader.deadCoordinators().map(\.id) + reader.unclaimedRuns())
    }
}
