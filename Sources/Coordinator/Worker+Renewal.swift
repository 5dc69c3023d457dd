import EventLoop
import Model
import Scheduler
import Store

/// Runs that have another plan than they had: a person has edited their file.
///
/// Whoever writes the new plan does so without asking the coordinator. So whatever the old plan decided is written only where
/// it still holds, and a run whose plan is another one is taken up again from the store, as if it were adopted.
extension Worker {
    /// Writes something that the plan of a run decided; where the run has another one by now, nothing is written, and the run is
    /// taken up anew. Without a run it is written in any case: it has happened.
    func write(of run: LiveRun?, _ body: @escaping @Sendable (StoreWriter) throws -> Void) {
        guard let run, run.batch != nil else { return commit.write(body) }
        commit.write { [id = run.id, number = run.planNumber, box] writer in
            guard try writer.reader.planNumber(ofRun: id) == number else { return box.put(.replanned(id)) }
            try body(writer)
        }
    }

    /// Takes those runs up anew that have another plan, once everything that has happened to them is written.
    func renewRuns() {
        guard !replanned.isEmpty, commit.isEmpty, finishing.isEmpty else { return }
        enterArrivedRuns()
        flush()
        guard commit.isEmpty, finishing.isEmpty else { return }
        for id in replanned {
            guard let old = runs[id] else {
                // It was over, as far as the old plan went.
                replanned.remove(id)
                take(id)
                continue
            }
            renew(old)
        }
    }

    private func renew(_ old: LiveRun) {
        let id = old.id
        let found: (detail: RunDetail?, plan: Int64)
        // Looked at again, as long as it takes: nothing of its old plan is begun meanwhile.
        do { found = try stored(id) } catch { return }
        guard found.plan != old.planNumber, let detail = found.detail, !detail.run.state.isFinal else {
            replanned.remove(id)
            return
        }
        guard
            let run = LiveRun(
                detail.run, jobs: detail.jobs, sessions: detail.sessions, planNumber: found.plan, now: .now,
                clock: clock, wall: .now)
        else {
            replanned.remove(id)
            return say("the new plan of run \(id.short) cannot be read; it goes on with the one that it had")
        }
        let texts: [Identifier: String]
        do { texts = try self.texts(readIn: run) } catch { return }
        replanned.remove(id)
        for job in old.jobs {
            job.keyWork?.cancel()
            owners[job.id] = nil
        }
        run.takeOver(from: old, start: start)
        recall(run, detail, texts)
        feed(.forget(run: id))
        // The queue has forgotten it with the run.
        limits[.group(id)] = nil
        sessions = sessions.filter { $0.value.run != id }
        runs[id] = run
        if old.spec.budget != nil, run.spec.budget == nil {
            feed(.budget(.run(id), BudgetLimit(), .stopNew, elsewhere: run.spentBefore))
        }
        // The file may ask for what the settings say only now.
        configurations[id] = nil
        for (index, job) in run.jobs.enumerated() {
            owners[job.id] = id
            if let session = job.session { sessions[session] = Place(run: id, index: index) }
        }
        arrived.append(id)
        isRenewing = true
        enterArrivedRuns()
        isRenewing = false
    }
}
