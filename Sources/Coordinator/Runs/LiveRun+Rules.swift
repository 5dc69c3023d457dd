import EventLoop
import Model
import Scheduler
import Store

/// When the run is over, and how: the rules that count its jobs.
extension LiveRun {
    /// It was decided that this merge runs. Of one that is held nobody knows: it is decided about again.
    static func hasBegun(_ merge: JobRow) -> Bool { merge.state != .waiting && merge.state != .held }

    func restoreRules(isCancelled: Bool) {
        rules.restore(stopped: noteOfStop(isCancelled: isCancelled))
        for job in jobs where job.queued.record.state.isFinal {
            if !job.isMerge {
                rules.ended(job.queued.record.state, job.queued.record.failure, asks: job.asks)
            } else if job.queued.record.failure?.class == .budget {
                rules.leftOutForBudget()
            }
        }
    }

    /// Why this phase of the run was stopped, by what was noted of it; a person's wish goes before everything else.
    func noteOfStop(isCancelled: Bool) -> RunRules.Stop? {
        isCancelled ? .cancelled : noted[phase.noteKey]?.string.flatMap { RunRules.Stop(rawValue: $0) }
    }

    /// What is noted of a stop together with its first effects.
    func note(of stop: RunRules.Stop) -> JSONObject {
        noted[phase.noteKey] = .string(stop.rawValue)
        var members: JSONObject = [phase.noteKey: .string(stop.rawValue)]
        if stop == .cancelled { members["cancel_exit"] = .integer(Int64(cancelExit.rawValue)) }
        return members
    }

    /// The groups of the run in the queue. Those of an `ask` are one, with as many at a time as the person allowed.
    ///
    /// Whoever knows a part of the run alone says how many jobs of each name are `unfinished`, so that no group seems over.
    func groups(unfinished: [String: Int] = [:]) -> [JobGroup] {
        var unknown = unfinished
        for job in jobs where !unknown.isEmpty && !job.queued.record.state.isFinal {
            unknown[job.spec.place?.job ?? job.module ?? "", default: 0] -= 1
        }
        let open = Set(unknown.filter { $0.value > 0 }.keys)
        if let batch {
            // Whoever was to make more rows has ended: nobody else brings any.
            let closed = jobs.filter { $0.spec.place?.role == .matrix && $0.queued.record.state.isFinal }
            return batch.jobGroups(run: id, closed: Set(closed.compactMap { $0.spec.place?.job }), open: open)
        }
        return [
            JobGroup(
                id, run: id, name: name, maxParallel: spec.slots, halt: spec.halt, enough: spec.enough,
                isComplete: open.isEmpty)
        ]
    }

    /// Which of the run's jobs a stop is for: a merge that has not begun is decided about when the questions are over.
    var target: JobQueue.Target { phase == .asking && batch == nil ? .group(id) : .run(id) }

    /// A completed session took this long.
    func took(_ duration: Duration) {
        var (low, high) = (0, durations.count)
        while low < high {
            let middle = (low + high) / 2
            if durations[middle] < duration { low = middle + 1 } else { high = middle }
        }
        durations.insert(duration, at: low)
    }

    /// A job has ended.
    func ended(_ job: Int, _ state: JobState, _ failure: Failure?) {
        if jobs[job].isMerge == (phase == .merging) { return rules.ended(state, failure, asks: jobs[job].asks) }
        if failure?.class == .budget { rules.leftOutForBudget() }
    }

    /// Stops the run, unless it is stopped for a reason that is as good.
    func stop(_ reason: RunRules.Stop) -> RunRules.Stop? { rules.stop(reason) }

    /// What a stop means for the jobs of the run.
    func stopping(_ reason: RunRules.Stop) -> JobQueue.Stopping {
        var stopping = rules.stopping(reason)
        if reason == .budget, spec.budget?.reaction == .stopNew { stopping.ending = nil }
        return stopping
    }

    /// Time passed.
    func look(at now: Monotonic) -> RunRules.Stop? { rules.look(at: now - started) }

    /// When `look` has something to say by itself.
    var nextLook: Monotonic? { rules.nextLook.map { started + $0 } }

    /// All questions are over: what is left is decided about alone. True when there is something to merge.
    func decideMerge() -> Bool {
        guard rules.tally.completed > 0, rules.verdict.state != .cancelled, rules.stopped != .budget else {
            return false
        }
        enterMerge()
        return true
    }

    func enterMerge() {
        verdict = rules.verdict
        phase = .merging
        rules = RunRules(RunRules.Policy(deadline: spec.deadline), total: 1)
    }

    /// Goes on as `old`, which was this run before its plan was another one.
    func inherit(from old: LiveRun) {
        started = old.started
        spentBefore = old.spentBefore
        durations = old.durations
        formerJobs = old.formerJobs
        isCancelled = isCancelled || old.isCancelled
        wasToldToCancel = old.wasToldToCancel
        cancelExit = old.cancelExit
        noted = old.noted
        rules.restore(stopped: old.rules.stopped ?? rules.stopped)
    }

    /// The place of a job.
    func index(ofJob job: Identifier) -> Int? { places[job] }
}
