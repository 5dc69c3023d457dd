import EventLoop
import Glibc
package import Model
import Sessions
package import Store

/// A coordinator that stays: it claims what waits, takes over what dead coordinators left, and drives the schedules.
///
/// There is one in a store at a time. All calls come from one plain thread, which may wait.
package final class Server {
    /// How much it has on its hands.
    package struct Load: Sendable, Hashable {
        package var runs: Int
        package var sessions: Int
        /// The schedule that is due next.
        package var next: String?
        package var nextAt: Timestamp?
    }

    /// What the thread that serves waits for.
    private enum Heard: Sendable {
        case answered
        case news(ServingNews)
        case ended(TuttiError?)
    }

    private let store: Store
    private let surroundings: Surroundings
    private let lock: ServingLock
    private var holder: ServingHolder
    private let coordinator: Coordinator
    private let box: Mailbox<Heard>
    private let tick: TickWatch
    private let tell: (ServingNews) -> Void
    private let start = Monotonic.now
    private var machine: ServeMachine
    private var keeper: ScheduleKeeper
    /// What failed last of looking and of firing, until it works again.
    private var trouble: [ServeMachine.Action: String] = [:]

    /// Called whenever the coordinator's thread has answered, within each half of `watchdog`.
    package var onLife: () -> Void = {}
    /// Called after each look with what there is to do.
    package var onLoad: (Load) -> Void = { _ in }

    /// Becomes the one server of `store`, and a coordinator. `tell` is called by the thread that serves.
    ///
    /// Throws exit status 75 with the name of the process that serves the store already.
    package init(
        store: Store, surroundings: Surroundings, watchdog: Duration?, tell: @escaping (ServingNews) -> Void
    ) throws {
        guard let lock = try ServingLock.acquire(in: store.stateFolder) else {
            throw (ServingHolder.find(in: store.stateFolder) ?? ServingHolder()).refusal(store.path)
        }
        var holder = ServingHolder(process: .current, since: .now)
        lock.say(holder.words)
        let box: Mailbox<Heard>
        do { box = try Mailbox() } catch {
            throw TuttiError(
                .tryAgain, "Cannot make a pipe: \(String(cString: strerror(error.errno))).",
                hint: "Raise the limit: ulimit -n 65536")
        }
        coordinator = try Coordinator(store: store, surroundings: surroundings) { news in
            switch news {
            case .answered: box.put(.answered)
            case .began(let run): box.put(.news(.began(run)))
            case .finished(let run): box.put(.news(.finished(run)))
            case .tookOver(let id, let runs, let sessions):
                box.put(.news(.tookOver(id, runs: runs, sessions: sessions)))
            case .ended(let failure): box.put(.ended(failure))
            }
        }
        holder.coordinator = coordinator.id
        lock.say(holder.words)
        self.store = store
        self.surroundings = surroundings
        self.lock = lock
        self.holder = holder
        self.box = box
        self.tell = tell
        tick = TickWatch(storePath: store.path)
        machine = ServeMachine(watchdog: watchdog)
        keeper = ScheduleKeeper(coordinator, surroundings, tell: tell)
    }

    /// Serves until `signal` gives one, and returns that; `signals` can be read when it does.
    ///
    /// Throws what ended the coordinator, if something did.
    package func serve(until signals: Int32, signal: () -> Int32?) throws -> Int32 {
        while true {
            perform(machine.handle(.tick, at: clock))
            if let number = signal() { return number }
            tick.watch()
            let others = machine.isCurious ? [signals, tick.descriptor] : [signals]
            for heard in box.take(until: start + machine.nextWake, orReadable: others) { try hear(heard) }
            if tick.drain() { perform(machine.handle(.news, at: clock)) }
        }
    }

    /// Stops claiming, gives up the store, and hands over what is left; waits until that is done.
    ///
    /// Live sessions go on in their hosts, and a recovery in the background brings their runs to their end. Returns what
    /// goes on.
    package func stop() -> Load {
        _ = machine.handle(.stop, at: clock)
        // From now on nobody relies on this process.
        holder.coordinator = nil
        lock.say(holder.words)
        let left = (try? load()) ?? Load(runs: 0, sessions: 0)
        coordinator.close()
        lock.release()
        // Whoever wrote a run before that has left it to this process.
        if let waiting = try? store.read({ try $0.unclaimedRuns() }), !waiting.isEmpty {
            _ = try? BackgroundCoordinator.start(
                tutti: surroundings.tutti, store: store.path, environment: surroundings.environment)
        }
        return left
    }

    private var clock: Duration { Monotonic.now - start }

    private func hear(_ heard: Heard) throws {
        switch heard {
        case .answered: perform(machine.handle(.answered, at: clock))
        case .news(let news): tell(news)
        case .ended(let failure):
            throw failure
                ?? TuttiError(.internalError, "The coordinator has ended by itself.", hint: "see: tutti doctor")
        }
    }

    private func perform(_ actions: [ServeMachine.Action]) {
        for action in actions {
            switch action {
            case .look: attempt(action) { try look() }
            case .fire: attempt(action) { try keeper.look(at: .now) }
            case .adopt: coordinator.adopt()
            case .ask: coordinator.ask()
            case .live: onLife()
            }
        }
    }

    /// Looks for what nobody has.
    private func look() throws {
        let hasWork = try Coordinator.hasWork(store, besides: [coordinator.id])
        perform(machine.handle(.looked(hasWork: hasWork), at: clock))
        onLoad(try load())
    }

    /// What fails is tried again at the next look, for as long as it takes. It is said once.
    private func attempt(_ action: ServeMachine.Action, _ body: () throws -> Void) {
        let before = trouble
        do {
            try body()
            trouble[action] = nil
        } catch { trouble[action] = "\(error)" }
        guard trouble != before else { return }
        // It works again when both do: what reads succeeds while what writes does not.
        if let words = trouble[action] { tell(.store(words)) } else if trouble.isEmpty { tell(.store(nil)) }
    }

    private func load() throws -> Load {
        let (runs, sessions) = try store.read { [id = coordinator.id] in try $0.load(of: id) }
        return Load(runs: runs, sessions: sessions, next: keeper.next?.name, nextAt: keeper.next?.at)
    }
}
