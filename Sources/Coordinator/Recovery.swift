import Foundation
package import Model
import Sessions
package import Store
import StreamJSON

extension Coordinator {
    /// Takes over whatever no living coordinator owns, brings it to its end, and returns when nothing is left.
    ///
    /// What `tutti recover` does: started by a host whose coordinator is gone, by `--detach`, and by people.
    package static func recover(_ store: Store, surroundings: Surroundings) throws {
        var own: Set<Identifier> = []
        // Looked at again when the lock is given back: a host that ended just before left its ending to us.
        while try hasWork(store, besides: own) {
            let coordinator = try Coordinator(store: store, surroundings: surroundings)
            own.insert(coordinator.id)
            defer { coordinator.close() }
            try adoptAll(with: coordinator, in: store)
        }
        // One that was killed when its work was done has left its lock, at which its guard waits.
        try CoordinatorLock.removeAbandoned(in: store.stateFolder + "/coordinators") {
            try store.read { try $0.ownersOfWork() }
        }
    }

    private static func adoptAll(with coordinator: Coordinator, in store: Store) throws {
        var pause = 0.02
        while true {
            coordinator.adopt()
            try coordinator.wait()
            // While it worked, another coordinator may have died or another run may have been queued.
            guard try hasWork(store) else { return }
            // What cannot be taken over just now (a full disk, another adopter at work) is not asked for in a hurry.
            Thread.sleep(forTimeInterval: pause)
            pause = min(1, pause * 2)
        }
    }

    /// True when runs wait to be claimed, or a coordinator that is not one of `own` died and left some.
    package static func hasWork(_ store: Store, besides own: Set<Identifier> = []) throws -> Bool {
        try store.read { reader in
            if try !reader.unclaimedRuns().isEmpty { return true }
            return try reader.deadCoordinators().contains { !own.contains($0.id) }
        }
    }

    /// Puts jobs of a run back into the queue, with room for `attempts` more of each; any coordinator may claim the run.
    ///
    /// Jobs that are not over are left alone. What waits for their answers is put back with them: a merge, and in a batch what
    /// was skipped and what was made of their results. Returns how many were put back by wish; the run is untouched when there are none.
    /// Throws (exit 75) when the run is not over: of two that reopen it at once, one succeeds.
    package static func reopen(
        _ run: Identifier, jobs wanted: (JobRow) -> Bool, attempts: Int, allowing raised: RaisedBudget? = nil,
        lasting times: RaisedTimes? = nil, in store: Store
    ) throws -> Int {
        let (all, row) = try store.read { reader in
            var filter = ListFilter()
            filter.runs = [run]
            filter.limit = .max
            return (try reader.jobs(filter), try reader.run(run))
        }
        let isBatch = row?.kind == "batch"
        let chosen = all.filter { $0.state.isFinal && wanted($0) && !$0.isRemoved }
        guard !chosen.isEmpty else { return 0 }
        let others = all.filter { $0.state.isFinal && !chosen.contains($0) && !$0.isRemoved }
        let merges = isBatch ? [] : others.filter { $0.kind == "merge" }
        let remade = isBatch ? row.map { BatchRun.remade(others, after: chosen, in: $0) } ?? [] : []
        let skipped = isBatch ? others.filter { $0.state == .skipped } : []
        let document = isBatch ? row.flatMap { BatchRun.document($0, beginning: chosen + remade) } : nil
        var raisedDocument = document
        if let raised, raised.jobs.isEmpty, let row {
            let kept = document ?? (try? JSONValue(parsing: row.spec))?.object
            raisedDocument = kept.map { raised.applied(to: $0, ofBatch: isBatch) }
        }
        if let times, times.deadline != nil, let row {
            let kept = raisedDocument ?? (try? JSONValue(parsing: row.spec))?.object
            raisedDocument = kept.map(times.applied)
        }
        try store.writeAndWait { [document = raisedDocument] writer in
            let now = Timestamp.now
            guard try writer.reopenRun(run, owner: nil, at: now) else {
                throw TuttiError(
                    .tryAgain, "Run \(run.short) still goes on.", hint: "wait for it: tutti wait \(run.short)")
            }
            if let document { try writer.setSpec(run: run, document) }
            for job in chosen where raised?.jobs.contains(job.id) == true || times?.timeout != nil {
                guard var spec = (try? JSONValue(parsing: job.spec)).flatMap({ JobSpec($0) }) else { continue }
                if let raised, raised.jobs.contains(job.id) { spec.budget = raised.applied(to: spec.budget) }
                spec.limits.total = times?.timeout ?? spec.limits.total
                try writer.setSpec(job: job.id, spec.json)
            }
            for job in chosen + skipped + remade {
                // What was never begun, and what stands on others, is decided about again.
                let isOpen = isBatch && (job.attempts == 0 || job.state == .completed)
                let state: JobState = isOpen ? .waiting : .queued
                try writer.reopenJob(job.id, state, attempts: attempts, at: now)
                try writer.append(
                    RunEvents.job(.jobQueued, run: run, job: job.id, module: job.module, ["retry": true], at: now))
            }
            // New answers make the old merge untrue.
            for job in merges {
                try writer.reopenJob(job.id, .waiting, attempts: attempts, at: now)
                try writer.append(RunEvents.waiting(run: run, merge: job.id, for: job.dependencies, at: now))
            }
        }
        return chosen.count
    }
}
