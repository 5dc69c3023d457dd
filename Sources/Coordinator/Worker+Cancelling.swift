import Model
import Scheduler
import Sessions
import Store

/// What people want to end.
extension Worker {
    func kill() {
        for session in sessions.keys { supervisor.kill(session, cause: .cancelled) }
        // Those that are not followed yet hear nothing until they are.
        let late = arrivals.rest()
        for row in late.map(\.session) {
            guard let run = runs[row.run], let index = sessions[row.id]?.index else { continue }
            run.jobs[index].end(for: run.jobs[index].ending ?? .cancelled, atOnce: true)
        }
        follow(late)
    }

    /// Obeys whoever attends the run. The same wish also lies in the store, and whichever is seen first counts; said a
    /// second time, the ladders go one step further.
    func cancel(_ run: Identifier, _ exit: ExitCode) {
        let isRepeated = runs[run]?.wasToldToCancel == true
        runs[run]?.wasToldToCancel = true
        runs[run]?.cancelExit = exit
        guard isRepeated || runs[run]?.isCancelled == false else { return }
        end(run, isRepeated: isRepeated)
    }

    /// A person wants the run to end; said again, what runs is ended by force.
    func end(_ id: Identifier, isRepeated: Bool) {
        guard let run = runs[id] else { return }
        run.isCancelled = true
        if !stop(run, .cancelled), isRepeated, !arrived.contains(id) { feed(.cancel(.run(id))) }
    }

    func obey(_ wish: Named) {
        switch wish {
        case .run(let run):
            if runs[run]?.isCancelled == false { end(run, isRepeated: false) }
        case .job(let job):
            guard let id = owners[job], let run = runs[id], let index = run.index(ofJob: job),
                !run.jobs[index].isUnwanted, run.jobs[index].ending == nil
            else { return }
            run.jobs[index].isUnwanted = true
            if !arrived.contains(id) { feed(.cancel(.job(job))) }
        default: return
        }
    }
}
