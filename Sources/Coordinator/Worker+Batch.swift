import Batch
import Model
import Scheduler
import Store
import StreamJSON

/// What a batch wants beyond an `ask`: conditions, rows that are known late, and texts that others read.
extension Worker {
    /// Whether a part of a batch runs. The rows of a matrix are made here, when all is there that they are made of.
    func decide(_ run: LiveRun, _ batch: BatchRun, _ index: Int) -> JobQueue.Decision {
        guard let place = run.jobs[index].spec.place else { return .run }
        let decision = batch.decide(place)
        guard place.role == .matrix, decision == .run, batch.isLate(place.job) else {
            return place.role == .matrix && decision == .run ? .done : decision
        }
        do {
            try expand(run, batch, place.job, as: run.jobs[index])
            return .done
        } catch {
            return .fail(Worker.failure(.invalidRequest, error))
        }
    }

    /// Writes the rows of a job that were not known before, and gives them to the queue.
    func expand(_ run: LiveRun, _ batch: BatchRun, _ job: String, as part: LiveRun.Job) throws {
        let count = try batch.expand(job)
        let drafts = BatchDrafts(
            run: run.id, project: run.spec.directory, spec: run.spec, configuration: try configuration(of: run),
            plan: batch.plan)
        let first = run.jobs.count
        func draft(_ place: BatchPlace, _ position: Int) -> BatchDrafts.Draft {
            drafts.draft(place, name: BatchDrafts.name(of: place, in: batch.plan), position: position, at: .now)
        }
        // What a person has said of the priority of the part that makes them, holds for them.
        let planned = part.spec.place.map { draft($0, first).job.priority }
        let all = (0..<count).map { row in
            var draft = draft(BatchPlace(.row, of: job, row: row), first + row)
            if planned != part.queued.priority { draft.job.priority = part.queued.priority }
            return draft
        }
        let document = batch.document(of: run.spec)
        write(of: run) { [id = run.id, document, part = part.id] writer in
            try writer.setSpec(run: id, document)
            for draft in all {
                try writer.insert(draft.thread)
                try writer.insert(draft.job)
                try writer.insert(draft.message)
                try writer.append(
                    RunEvents.job(.jobQueued, run: id, job: draft.job.id, module: draft.job.module, [:], at: .now))
            }
            try writer.inheritHold(of: part, by: all.map(\.job.id))
        }
        let added = run.add(all)
        for job in run.jobs.suffix(added.count) {
            owners[job.id] = run.id
            govern(job.queued.pools)
        }
        feed(.add(added, groups: [], together: false))
        for job in run.jobs.suffix(added.count) { enterBudget(of: job) }
    }

    /// All of a job of a batch has ended: what it came to can be read by those after it.
    func finishGroup(_ group: Identifier) {
        for run in runs.values {
            guard let (job, outcome) = run.batch?.finishGroup(group) else { continue }
            // Of those that were over before, an earlier coordinator has said so.
            if isTakingUp { return }
            let data: JSONObject = [
                "text": .string(job), "completed": true, "status": .string(outcome.status.rawValue),
            ]
            commit.append(Event(time: .now, type: .planStep, run: run.id, data: data))
        }
    }

    /// Tells a batch how a part of it ended.
    func tellBatch(_ run: LiveRun, _ index: Int, _ state: JobState, _ failure: Failure?) {
        guard let batch = run.batch, let place = run.jobs[index].spec.place else { return }
        let said = run.jobs[index].said
        run.jobs[index].said = nil
        run.jobs[index].settings = nil
        run.jobs[index].asked = nil
        batch.ended(place, state, text: said?.text, result: said?.result, failure: failure)
        // However it ended: no more rows come, and nobody may wait for them.
        if place.role == .matrix, let group = batch.group(place.job) { feed(.completeGroup(group)) }
    }

    /// What ended parts of a batch said, by message, as far as somebody reads it.
    func texts(readIn run: LiveRun) throws -> [Identifier: String] {
        guard let batch = run.batch else { return [:] }
        let ended = run.jobs.filter { $0.queued.record.state.isFinal }
        let read = ended.filter { $0.spec.place.map(batch.isReadLater) == true }.map(\.message)
        var texts: [Identifier: String] = [:]
        if !read.isEmpty {
            try store.read { reader in for id in read { texts[id] = try reader.message(id)?.content } }
        }
        return texts
    }

    /// Lets a batch that was taken up know what earlier coordinators finished of it, with the `texts` that are read of it.
    func recall(_ run: LiveRun, _ detail: RunDetail, _ texts: [Identifier: String]) {
        guard let batch = run.batch else { return }
        var results: [Identifier: String] = [:]
        for session in detail.sessions where session.state == .completed {
            results[session.job] = session.structuredOutput
        }
        for job in run.jobs where job.queued.record.state.isFinal {
            guard let place = job.spec.place else { continue }
            let result = (job.spec.keptResult ?? results[job.id]).flatMap { try? JSONValue(parsing: $0) }
            batch.ended(
                place, job.queued.record.state, text: texts[job.message], result: result,
                failure: job.queued.record.failure)
        }
    }
}
