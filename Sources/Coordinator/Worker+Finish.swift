import EventLoop
import Model
import Scheduler
import Store
import StreamJSON

extension Worker {
    /// Writes a job's end together with its message's.
    func finish(_ run: LiveRun, _ index: Int, _ state: JobState, _ failure: Failure?) {
        let job = run.jobs[index]
        let status: MessageStatus =
            switch state {
            case .completed: .completed
            case .failed: .failed
            default: .cancelled
            }
        var data: JSONObject = [
            "state": .string(state.rawValue), "attempts": .integer(Int64(job.attempt)),
        ]
        if let failure {
            for member in RunEvents.failure(failure, of: job.id).members { data[member.key] = member.value }
        }
        data["kept_from"] = job.keptAnswer.map { .string($0.from.word) }
        let finished = RunEvents.job(.jobFinished, run: run.id, job: job.id, module: job.module, data, at: .now)
        var progress: Event?
        if !job.isMerge {
            // This one is counted when it is written.
            progress = RunEvents.progress(
                run: run.id, step: run.rules.tally.total + 1, total: run.rules.total, slots: run.spec.slots,
                durations: run.durations, at: .now)
        }
        let skipped = RunEvents.job(
            .jobSkipped, run: run.id, job: job.id, module: job.module,
            failure.map { RunEvents.failure($0, of: job.id) } ?? ["unneeded": true], at: .now)
        let kept = job.keptAnswer
        run.jobs[index].keptAnswer = nil
        var spec = job.spec.whole
        spec.keptResult = kept?.result
        spec.keptFrom = kept?.from.word
        spec.asked = job.asked
        // What never began may be another thing by now.
        write(of: job.hasBegun ? nil : run) { [progress, spec, text = kept?.text] writer in
            try writer.completeMessage(job.message, status, content: text, failure: failure, at: .now)
            if text != nil { try writer.setSpec(job: job.id, spec.json) }
            try writer.setJob(job.id, state, failure: failure, at: .now)
            if state == .skipped { try writer.append(skipped) }
            try writer.append(finished)
            if let progress { try writer.append(progress) }
        }
    }

    /// Ends a run whose jobs are all over.
    func finish(_ id: Identifier) {
        guard let run = runs[id] else { return }
        let verdict = run.rules.verdict
        var (state, exit) = run.verdict ?? verdict
        if exit == .cancelledByOther { exit = run.cancelExit }
        if run.phase == .merging, verdict.state != .completed, exit == .success {
            // There are answers: a merge that nobody could make is a failure among them.
            (state, exit) = (verdict.state, verdict.exit == .providerUnavailable ? .someFailed : verdict.exit)
        }
        var outcome = run.noted
        let row: RunDetail
        do {
            guard let found = try store.read({ try $0.runDetail(id, withMessages: false) }) else {
                throw StoreError.missing(kind: "run", id: id)
            }
            row = found
            // Part of what is read: a run that was over without its merged answer would have lost it for ever.
            if let merged = try merged(run) { outcome["merged"] = .string(merged) }
        } catch {
            // The store cannot be read just now; the run stays unfinished and is looked at again.
            finishing.append(id)
            return pause(error)
        }
        let event = Event(
            time: .now, type: .runFinished, run: id,
            data: Worker.summary(row, state, exit, took: run.duration(of: row.run, at: .now), merged: outcome["merged"])
        )
        let answer = ClaimAnswer()
        commit.write { [outcome, state, exit, number = run.planNumber] writer in
            answer.isReplanned = try writer.reader.planNumber(ofRun: id) != number
            if answer.isReplanned { return }
            try writer.setRun(id, state, exit: exit.rawValue, outcome: outcome, at: .now)
            try writer.append(event)
        }
        runs[id] = nil
        setLimits()
        deadlines[id] = nil
        configurations[id] = nil
        for job in run.jobs { owners[job.id] = nil }
        commit.then { [note, box] in
            // There may be more of it by now.
            if answer.isReplanned { box.put(.replanned(id)) } else { note(.finished(id)) }
        }
    }

    /// The answer that the others were merged to, when the run has one.
    private func merged(_ run: LiveRun) throws -> String? {
        guard run.phase == .merging else { return try run.spec.merge.flatMap { $0.merged(try answers(run.id)) } }
        guard let message = run.jobs.last(where: { $0.isMerge })?.message else { return nil }
        return try store.read { try $0.message(message) }?.content
    }

    /// What each module answered, in the order of the run.
    func answers(_ id: Identifier) throws -> [Answer] {
        guard let detail = try store.read({ try $0.runDetail(id) }) else { return [] }
        return detail.jobs.filter { $0.kind != "merge" }.sorted { $0.position < $1.position }.map { job in
            let module = job.module ?? job.id.short
            guard job.state == .completed, let message = detail.messages.first(where: { $0.id == job.message }) else {
                return Answer(
                    module: module, text: nil, failure: job.failureClass.map { Failure($0, job.failure ?? "") })
            }
            let structured = detail.sessions.last { $0.job == job.id && $0.state == .completed }?.structuredOutput
            return Answer(
                module: module, text: message.content, json: structured.flatMap { try? JSONValue(parsing: $0) })
        }
    }

    private static func summary(
        _ detail: RunDetail, _ state: RunState, _ exit: ExitCode, took: Duration, merged: JSONValue?
    ) -> JSONObject {
        let asked = detail.jobs.filter { $0.kind != "merge" }
        func count(_ state: JobState) -> JSONValue { .integer(Int64(asked.count { $0.state == state })) }
        var data: JSONObject = [
            "state": .string(state.rawValue), "exit": .integer(Int64(exit.rawValue)),
            "jobs": .integer(Int64(asked.count)), "completed": count(.completed), "failed": count(.failed),
            "cancelled": count(.cancelled), "skipped": count(.skipped),
            "tokens": .integer(detail.run.usage.usage.total),
            "cost": .string(detail.run.usage.knownCost.dollars),
            "cost_micros": .integer(detail.run.usage.knownCost.micros),
            "cost_is_partial": .bool(detail.run.usage.hasUnknownCost),
            "duration_ms": .integer(took.wholeMilliseconds),
        ]
        let failures: [JSONValue] = detail.jobs.filter { $0.state != .completed && !$0.isUnneeded }.map { job in
            [
                "job": .string(job.id.text), "module": .optional(job.module), "state": .string(job.state.rawValue),
                "class": .optional(job.failureClass?.rawValue), "error": .optional(job.failure),
            ]
        }
        data["failures"] = .array(failures)
        // The whole of it is in the run's row; the log carries it when it is not too long for a line.
        if let text = merged?.string, text.utf8.count <= 65_536 { data["merged"] = merged }
        return data
    }
}
