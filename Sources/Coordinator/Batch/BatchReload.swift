package import Batch
package import Model
package import Settings
package import Store
import StreamJSON

/// What an edited file means for a batch that goes on: which of its parts change, come and go.
///
/// What has begun or ended stays as it was. All of it is written in one transaction, without the coordinator that leads the run:
/// that one learns it by a wish, and takes the run up again as it then stands in the store. Whoever adopts it finds nothing else.
package struct BatchReload: Sendable {
    /// How many parts are affected, and how.
    package struct Count: Sendable, Hashable {
        /// They have not begun, and follow the new plan.
        package var changed = 0
        package var added = 0
        /// They had not begun, and are skipped.
        package var removed = 0
        /// They have begun or ended, and stay as they were although the file says something else of them.
        package var kept = 0
    }

    package let run: Identifier
    /// What the file says differently.
    package let changes: [PlanChange]
    private let document: JSONObject
    private let changed: [BatchDrafts.Draft]
    private let added: [BatchDrafts.Draft]
    private let removed: [JobRow]
    private let kept: Int
    /// A part that a person holds together with all others that wait: then those that are added are held, too.
    private let held: Identifier?

    package var count: Count {
        Count(changed: changed.count, added: added.count, removed: removed.count, kept: kept)
    }

    /// True when the file says nothing else than the run does already.
    package var isEmpty: Bool { changes.isEmpty && changed.isEmpty && added.isEmpty && removed.isEmpty }

    /// The plan that a run has now; throws when it can have no other: it is no batch, over, or being cancelled.
    package static func plan(of run: RunRow) throws(TuttiError) -> BatchPlan {
        guard run.kind == "batch", let document = (try? JSONValue(parsing: run.spec))?["plan"]?.object else {
            throw TuttiError(
                .usage, "Run \(run.id.short) is no batch, so there is no file of it.", hint: "see: tutti ps -a")
        }
        let plan = try BatchPlan(json: document)
        guard !run.state.isFinal else {
            throw TuttiError(
                .usage, "Run \(run.id.short) is over (\(run.state.rawValue)): no part of it can follow another file.",
                hint:
                    "run the file again with the answers that are there: tutti batch run \(plan.file.path) --resume \(run.id.short)"
            )
        }
        guard run.cancelRequestedAt == nil else {
            throw TuttiError(
                .usage, "Run \(run.id.short) is being cancelled: nothing of it begins any more.",
                hint: "wait for its end: tutti wait \(run.id.short)")
        }
        return plan
    }

    /// What `newer`, the plan of the edited file, means for `run`, whose jobs stand in the store like this.
    ///
    /// Throws with the places in the file when it asks for something that cannot be any more; nothing is written here.
    package init(
        _ newer: BatchPlan, of run: RunRow, jobs rows: [JobRow], _ configuration: Configuration, at time: Timestamp
    ) throws {
        let old = try BatchReload.plan(of: run)
        guard let value = try? JSONValue(parsing: run.spec), let spec = RunSpec(value) else {
            throw TuttiError(
                .badInput, "Run \(run.id.short) was written by a version of Tutti that this one cannot read.",
                hint: "use that version")
        }
        var formers = try FormerPlans(json: value["former"])
        let parts = rows.compactMap { row in BatchReload.place(of: row).map { (row: row, place: $0) } }
        let (plan, problems) = newer.following(old, begun: BatchReload.begun(parts))
        guard problems.isEmpty else { throw ConfigProblem.error(problems) }
        let leftOut = spec.leftOut.filter { plan.job($0) != nil }
        var left = BatchReload.places(of: plan, leavingOut: Set(leftOut))
        // What has begun goes on as it was: a module that it no longer needs may be gone.
        let begun = Set(parts.filter { $0.row.hasBegun && $0.place.role != .removed }.map { $0.row.module ?? "" })
        let open = Set(left.filter { !begun.contains($0.key) }.map(\.value.job))
        try plan.checkRunnable(
            leavingOut: Set(plan.jobs.map(\.name)).subtracting(open),
            in: BatchSurroundings(configuration, environment: nil))
        var newSpec = spec
        newSpec.leftOut = leftOut
        try newSpec.takePools(of: plan, configuration)
        if plan.file.budget?.json != old.file.budget?.json { try newSpec.takeBudget(of: plan, configuration) }
        let drafts = BatchDrafts(
            run: run.id, project: spec.directory, spec: newSpec, configuration: configuration, plan: plan)
        let formerDrafts = BatchDrafts(
            run: run.id, project: spec.directory, spec: spec, configuration: configuration, plan: old)
        var (changed, removed, kept): ([BatchDrafts.Draft], [JobRow], Set<Identifier>) = ([], [], [])
        var staying = 0
        for (row, place) in parts where place.role != .removed {
            let name = row.module ?? ""
            let new = left[name]
            if row.hasBegun {
                if new?.role == place.role { left[name] = nil }
                if place.role != .row { continue }
                let version = formers.version(of: row.id)
                let its = version.map { formers[$0] } ?? old
                if plan.asksTheSame(place.job, row: place.row, as: its) { continue }
                staying += 1
                if version == nil { kept.insert(row.id) }
            } else if let new, new.role == place.role {
                left[name] = nil
                var draft = drafts.draft(new, name: name, position: row.position, at: time)
                draft.job.id = row.id
                let before = formerDrafts.draft(place, name: name, position: row.position, at: time)
                // What a person has said of its priority holds.
                if row.priority != before.job.priority { draft.job.priority = row.priority }
                try BatchReload.check(draft, configuration)
                let isSame = plan.asksTheSame(place.job, row: new.row, as: old) && new == place
                if !isSame || draft.differs(from: row) { changed.append(draft) }
            } else {
                removed.append(row)
            }
        }
        formers.keep(old, for: kept)
        let next = (rows.map(\.position).max() ?? -1) + 1
        let new = BatchReload.ordered(left, plan).enumerated().map { number, item in
            drafts.draft(item.place, name: item.name, position: next + number, at: time)
        }
        for draft in new { try BatchReload.check(draft, configuration) }
        if newSpec.resumed?.wantsSameQuestion == false {
            // An earlier run has no answers for what is asked only now.
            newSpec.resumed?.anew.formUnion((changed + new).compactMap { $0.spec.place?.job })
        }
        self.run = run.id
        changes = old.changes(to: plan)
        document = BatchRun.document(of: newSpec, plan, formers)
        self.changed = changed
        added = new
        self.removed = removed
        self.kept = staying
        let waiting = rows.filter { !$0.state.isFinal && $0.state != .running }
        held = waiting.allSatisfy { $0.heldAt != nil } ? waiting.first?.id : nil
    }

    /// Writes all of it, and wishes that the coordinator of the run reads it.
    package func write(_ writer: StoreWriter, at time: Timestamp) throws {
        try writer.setSpec(run: run, document)
        for draft in changed { try writer.replan(draft.job.id, as: draft.job) }
        for row in removed { try remove(row, writer, at: time) }
        for draft in added {
            try writer.insert(draft.thread)
            try writer.insert(draft.job)
            try writer.insert(draft.message)
            try writer.append(
                RunEvents.job(.jobQueued, run: run, job: draft.job.id, module: draft.job.module, [:], at: time))
        }
        if let held { try writer.inheritHold(of: held, by: added.map(\.job.id)) }
        let words = "the edited file was applied: \(count.words)"
        try writer.append(Event(time: time, type: .status, run: run, data: ["text": .string(words)]))
        try writer.wish(.reload(run), at: time)
    }

    private func remove(_ row: JobRow, _ writer: StoreWriter, at time: Timestamp) throws {
        guard let value = try? JSONValue(parsing: row.spec), var spec = JobSpec(value) else { return }
        spec.place?.role = .removed
        let failure = Failure(.cancelled, "Not started: the edited file has it no longer.")
        try writer.setSpec(job: row.id, spec.json)
        if let message = row.message { try writer.completeMessage(message, .cancelled, failure: failure, at: time) }
        try writer.setJob(row.id, .skipped, failure: failure, at: time)
        let told = RunEvents.failure(failure, of: row.id)
        var data: JSONObject = [
            "state": .string(JobState.skipped.rawValue), "attempts": .integer(Int64(row.attempts)),
        ]
        for member in told.members { data[member.key] = member.value }
        try writer.append(RunEvents.job(.jobSkipped, run: run, job: row.id, module: row.module, told, at: time))
        try writer.append(RunEvents.job(.jobFinished, run: run, job: row.id, module: row.module, data, at: time))
    }
}

extension BatchReload {
    private static func place(of row: JobRow) -> BatchPlace? {
        (try? JSONValue(parsing: row.spec)).flatMap { JobSpec($0) }?.place
    }

    /// What has begun of each job.
    private static func begun(_ parts: [(row: JobRow, place: BatchPlace)]) -> [String: BegunParts] {
        var begun: [String: BegunParts] = [:]
        for (row, place) in parts where row.hasBegun {
            switch place.role {
            case .row: begun[place.job, default: BegunParts()].rows.insert(place.row)
            // One that failed made no rows; as long as it is not asked again, none come.
            case .axis, .matrix: begun[place.job, default: BegunParts()].isMaking = true
            case .removed: break
            }
        }
        return begun
    }

    /// All parts of a plan by what they are called.
    private static func places(of plan: BatchPlan, leavingOut leftOut: Set<String>) -> [String: BatchPlace] {
        var places: [String: BatchPlace] = [:]
        for job in plan.jobs where !leftOut.contains(job.name) {
            for place in BatchDrafts.places(of: job, in: plan) {
                places[BatchDrafts.name(of: place, in: plan)] = place
            }
        }
        return places
    }

    /// Those of `places`, in the order of the plan.
    private static func ordered(
        _ places: [String: BatchPlace], _ plan: BatchPlan
    ) -> [(name: String, place: BatchPlace)] {
        plan.jobs.flatMap { job in
            BatchDrafts.places(of: job, in: plan).compactMap { place in
                let name = BatchDrafts.name(of: place, in: plan)
                return places[name] == place ? (name, place) : nil
            }
        }
    }

    private static func check(_ draft: BatchDrafts.Draft, _ configuration: Configuration) throws {
        guard draft.spec.place?.role == .row, draft.spec.provider != BatchDrafts.command else { return }
        _ = try configuration.providers.definition(draft.spec.provider)
    }
}

extension BatchReload.Count {
    /// The count as part of a sentence.
    package var words: String {
        func parts(_ count: Int, _ verb: String) -> String? {
            count == 0 ? nil : "\(count) part\(count == 1 ? "" : "s") \(verb)"
        }
        let all = [
            parts(changed, "changed"), parts(added, "added"), parts(removed, "removed"),
            parts(kept, "as \(kept == 1 ? "it" : "they") began"),
        ]
        return all.compactMap { $0 }.joined(separator: ", ")
    }
}

extension BatchDrafts.Draft {
    /// True when the row of a job says anything else.
    fileprivate func differs(from row: JobRow) -> Bool {
        job.kind != row.kind || job.path != row.path || job.key != row.key || job.priority != row.priority
            || job.maxAttempts != row.maxAttempts || (try? JSONValue(parsing: row.spec)).flatMap { JobSpec($0) } != spec
    }
}
