package import Model
package import Store

extension Coordinator {
    /// Takes over whatever no living coordinator owns, brings it to its end, and returns when nothing is left.
    ///
    /// What `tutti recover` does: started by a host whose coordinator is gone, by `--detach`, and by people.
    package static func recover(_ store: Store, surroundings: Surroundings) throws {
        guard try hasWork(store) else { return }
        let coordinator = try Coordinator(store: store, surroundings: surroundings)
        defer { coordinator.close() }
        repeat {
            coordinator.adopt()
            try coordinator.wait()
            // While it worked, another coordinator may have died or another run may have been queued.
        } while try hasWork(store)
    }

    /// True when runs wait to be claimed, or a coordinator died and left some.
    package static func hasWork(_ store: Store) throws -> Bool {
        try store.read { try !$0.unclaimedRuns().isEmpty || !$0.deadCoordinators().isEmpty }
    }

    /// Puts jobs of a run back into the queue, with room for `attempts` more of each; any coordinator may claim the run.
    ///
    /// Jobs that are not over are left alone. Returns how many were put back; the run is untouched when there are none.
    package static func reopen(
        _ run: Identifier, jobs wanted: (JobRow) -> Bool, attempts: Int, in store: Store
    ) throws -> Int {
        let all = try store.read { reader in
            var filter = ListFilter()
            filter.runs = [run]
            filter.limit = .max
            return try reader.jobs(filter)
        }
        let chosen = all.filter { $0.state.isFinal && wanted($0) }
        guard !chosen.isEmpty else { return 0 }
        let merges = all.filter { $0.kind == "merge" && $0.state.isFinal && !chosen.contains($0) }
        try store.writeAndWait { writer in
            let now = Timestamp.now
            try writer.reopenRun(run, owner: nil, at: now)
            for job in chosen {
                try writer.reopenJob(job.id, .queued, attempts: attempts, at: now)
                try writer.append(RunEvents.job(.jobQueued, run: run, job: job.id, module: job.module, [:], at: now))
            }
            // New answers make the old merge untrue.
            for job in merges { try writer.reopenJob(job.id, .waiting, attempts: attempts, at: now) }
        }
        return chosen.count
    }
}
