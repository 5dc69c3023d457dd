import EventLoop
import Model
import Scheduler
import Store

/// When a run is stopped, and what that means for its jobs.
extension Worker {
    /// Stops a run; false when it was stopped already for a reason that is as good.
    func stop(_ run: LiveRun, _ reason: RunRules.Stop) -> Bool {
        guard let stopped = run.stop(reason) else { return false }
        apply(stopped, to: run)
        return true
    }

    func apply(_ stopped: RunRules.Stop, to run: LiveRun) {
        note(stopped, of: run)
        if !arrived.contains(run.id) { feed(.stop(run.target, run.stopping(stopped))) }
    }

    /// Written in one transaction with what follows from it.
    func note(_ stopped: RunRules.Stop, of run: LiveRun) {
        let (id, members) = (run.id, run.note(of: stopped))
        commit.write { try $0.note(run: id, members) }
        setDeadline(run)
    }

    func setDeadline(_ run: LiveRun) { deadlines[run.id] = run.nextLook }

    /// A run's time may be over.
    func look(_ id: Identifier, at now: Monotonic) {
        guard let run = runs[id] else { return deadlines[id] = nil }
        if let stopped = run.look(at: now) { apply(stopped, to: run) }
        setDeadline(run)
    }
}
