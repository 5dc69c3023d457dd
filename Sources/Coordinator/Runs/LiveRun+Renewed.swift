import EventLoop
import Model
import Scheduler

extension LiveRun {
    /// Takes over from `old`, the same run with the plan that it had, what only this coordinator knows: everything else was
    /// read from the store, as whoever adopts a run reads it.
    func takeOver(from old: LiveRun, start: Monotonic) {
        inherit(from: old)
        for index in jobs.indices {
            guard let before = old.index(ofJob: jobs[index].id).map({ old.jobs[$0] }) else { continue }
            jobs[index].spentBefore = before.spentBefore
            if let session = jobs[index].session, session == before.session {
                jobs[index].goOn(as: before)
                jobs[index].queued.record.started = before.sessionStarted.map { $0 - start }
            } else if jobs[index].hasBegun {
                jobs[index].repair = before.repair
                jobs[index].lastFailure = before.lastFailure
                jobs[index].failure = before.failure
                jobs[index].former = before.former
            }
        }
    }
}

extension LiveRun.Job {
    /// The attempt lives on: what is known of it holds.
    fileprivate mutating func goOn(as old: LiveRun.Job) {
        attempt = old.attempt
        sessionStarted = old.sessionStarted
        spent = old.spent
        hostIsRecorded = old.hostIsRecorded
        if let cause = old.ending { end(for: cause, atOnce: old.isUrgent) }
        said = old.said
        lastFailure = old.lastFailure
        verification = old.verification
        asked = old.asked
        settings = old.settings
        schema = old.schema
        cacheKey = old.cacheKey
        repair = old.repair
        resumed = old.resumed
        former = old.former
    }
}
