import Model
import Scheduler
import Store
import StreamJSON

/// How rows of the store, and drafts of them, become jobs of the queue.
extension LiveRun {
    static func failure(of row: JobRow) -> Failure? { row.failureClass.map { Failure($0, row.failure ?? "") } }

    /// A job's row, as this run and the queue see it.
    static func job(
        _ row: JobRow, of run: RunRow, _ spec: RunSpec, _ batch: BatchRun?, session: Identifier?,
        isTrusted: Bool, _ clock: Duration, _ wall: Timestamp, beside former: HeldSpec?
    ) -> Job? {
        guard let value = try? JSONValue(parsing: row.spec), var own = JobSpec(value), let thread = row.thread,
            let message = row.message
        else { return nil }
        own.place?.version = batch?.formers.version(of: row.id)
        let isMerge = row.kind == "merge"
        var record = QueuedJob.Record(
            state: row.state, attempt: row.attempts, tries: row.tries, failure: failure(of: row),
            isDecided: isMerge && LiveRun.hasBegun(row) && !row.state.isFinal, isHeld: row.heldAt != nil)
        if !row.state.isFinal {
            if session != nil {
                record.state = .running
            } else if let time = row.notBefore {
                record.notBefore = clock + .milliseconds(max(0, time.milliseconds - wall.milliseconds))
            } else if row.state == .running, !isTrusted {
                record.state = .queued
            }
        }
        let queued =
            if let batch, let place = own.place {
                LiveRun.queued(
                    row.id, run.id, name: row.module, priority: row.priority, key: row.key, place, own, spec, batch,
                    record)
            } else {
                QueuedJob(
                    row.id, run: run.id, name: isMerge ? "merge" : row.module,
                    module: own.command == nil ? row.module : nil, priority: row.priority,
                    isInteractive: spec.isInteractive,
                    pools: own.command == nil ? [.global, .provider(own.provider)] : [.global] + own.pools,
                    group: isMerge ? nil : run.id,
                    needs: isMerge ? [Dependency(.group(run.id), .finished)] : [], isConditional: isMerge,
                    retry: RetryRules(usual: spec.retry), estimate: Spending(sessions: 1), record: record)
            }
        var job = Job(
            id: row.id, module: row.module, path: row.path ?? spec.directory, thread: thread, message: message,
            spec: HeldSpec(own, beside: former), isMerge: isMerge, queued: LiveRun.paid(queued, own, spec),
            hasBegun: row.hasBegun, attempt: row.attempts, pools: queued.pools)
        job.session = session
        job.lastFailure = row.failureClass
        job.failure = record.failure
        job.isUnwanted = row.cancelRequestedAt != nil && !row.state.isFinal
        return job
    }

    /// A part of a batch as the queue sees it. `-j` is a pool of the whole run, as its jobs are in groups of their own.
    static func queued(
        _ id: Identifier, _ run: Identifier, name: String?, priority: Int, key: String?, _ place: BatchPlace,
        _ own: JobSpec, _ spec: RunSpec, _ batch: BatchRun, _ record: QueuedJob.Record
    ) -> QueuedJob {
        var record = record
        // Whether it runs was decided before its first attempt; one that was put back waits to be decided about again.
        record.isDecided = record.attempt > 0 && !(record.state == .waiting && record.notBefore == nil)
        var pools: [Pool] = [.global, .group(run)] + own.pools
        if place.role == .row, own.provider != BatchDrafts.command { pools.append(.provider(own.provider)) }
        var retry = RetryRules(usual: own.retry ?? spec.retry)
        retry.elsewhere = own.elsewhere
        return QueuedJob(
            id, run: run, name: name, module: own.module, share: own.share, priority: priority,
            isInteractive: spec.isInteractive, pools: pools, keys: key.map { [$0] } ?? [],
            group: place.role == .removed ? nil : batch.group(place.job), needs: batch.needs(place, of: id),
            isConditional: true,
            queueTimeout: own.queueTimeout, retry: retry, estimate: Spending(sessions: 1), record: record)
    }

    /// The job with all budgets that pay for it.
    static func paid(_ job: QueuedJob, _ own: JobSpec, _ spec: RunSpec) -> QueuedJob {
        var job = job
        job.budgets = [.run(job.run)]
        if own.budget != nil { job.budgets.append(.job(job.id)) }
        let pools = Set(job.pools + [(own.module ?? job.module).map { Pool.module($0) }].compactMap { $0 })
        job.budgets += spec.days.filter { pools.contains($0.pool) }.map { .day($0.pool) }
        return job
    }

    /// Takes in jobs of the batch that are being written: the rows of a matrix are known now.
    func add(_ drafts: [BatchDrafts.Draft]) -> [QueuedJob] {
        guard let batch else { return [] }
        for draft in drafts {
            guard let place = draft.spec.place else { continue }
            let queued = LiveRun.queued(
                draft.job.id, id, name: draft.job.module, priority: draft.job.priority, key: draft.job.key, place,
                draft.spec, spec, batch, QueuedJob.Record(state: draft.job.state))
            places[draft.job.id] = jobs.count
            jobs.append(
                Job(
                    id: draft.job.id, module: draft.job.module, path: draft.job.path ?? spec.directory,
                    thread: draft.thread.id, message: draft.message.id,
                    spec: HeldSpec(draft.spec, beside: jobs.last?.spec), isMerge: false,
                    queued: LiveRun.paid(queued, draft.spec, spec), attempt: 0,
                    pools: queued.pools))
        }
        rules.add(drafts.count)
        return jobs.suffix(drafts.count).map(\.queued)
    }
}

extension JobRow {
    /// True of a part of a batch that its file had no longer before it began.
    package var isRemoved: Bool {
        state == .skipped && (try? JSONValue(parsing: spec)).flatMap { JobSpec($0) }?.place?.role == .removed
    }

    /// True of a part of a batch that was for failures, of which there were none: nothing is missing.
    package var isUnneeded: Bool { state == .skipped && failureClass == nil }

    /// True when something of the job has begun, or it is over: another plan of its batch changes it no more.
    package var hasBegun: Bool {
        state.isFinal || state == .running || tries > 0 || attempts > 0 && (state != .waiting || notBefore != nil)
    }
}
