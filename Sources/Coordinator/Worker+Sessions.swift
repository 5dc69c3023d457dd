import EventLoop
import Model
import Scheduler
import Sessions
import Store
import StreamJSON

extension Worker {
    /// Records what a session reports; its output has gone to the store already.
    func handle(_ report: SessionReport, at time: Timestamp) {
        switch report {
        case .slice: return
        case .caughtUp(let session): arrivals.arrived(session)
        case .started(let session, let identity): started(session, identity, at: time)
        case .stateChanged(let session, let state, let cause):
            guard sessions[session] != nil else { return }
            commit.write { try $0.setSession(session, state, because: cause, at: time) }
        case .gap(let session, let gap):
            append(
                .gap, session, at: time,
                [
                    "text": .string("the recording holds \(gap.found) bytes where \(gap.expected) were expected"),
                    "expected_bytes": .integer(gap.expected), "found_bytes": .integer(gap.found),
                ])
        case .refused(let session, let words):
            append(.status, session, at: time, ["text": .string("the session's host refused a command: \(words)")])
        case .ended(let session, let ending, let outcome, let last):
            arrivals.arrived(session)
            ended(session, ending, outcome, last, at: time)
        }
    }

    private func place(of session: Identifier) -> (run: LiveRun, index: Int)? {
        guard let place = sessions[session], let run = runs[place.run] else { return nil }
        return (run, place.index)
    }

    private func append(_ type: EventType, _ session: Identifier, at time: Timestamp, _ data: JSONObject) {
        guard let (run, index) = place(of: session) else { return }
        commit.append(
            Event(
                time: time, type: type, run: run.id, job: run.jobs[index].id, session: session,
                module: run.jobs[index].module, data: data))
    }

    private func started(_ session: Identifier, _ identity: HostIdentity, at time: Timestamp) {
        guard let (run, index) = place(of: session) else { return }
        let host = HostRecord(
            pid: identity.pid, startTime: identity.startTime, bootID: identity.bootID,
            pidNamespace: identity.pidNamespace, providerPID: identity.providerPID)
        forecast.runs(session, as: identity.providerPID)
        if run.jobs[index].hostIsRecorded { return }
        run.jobs[index].sessionStarted = .now
        commit.write {
            try $0.setHost(session, host, at: time)
            try $0.setSession(session, .running, at: time)
        }
        let attempt = run.jobs[index].attempt
        append(
            .sessionStarted, session, at: time,
            [
                "attempt": .integer(Int64(attempt)), "provider": .string(run.jobs[index].spec.provider),
                "pid": .optional(identity.providerPID.map { Int64($0) }),
            ])
    }

    private func ended(
        _ session: Identifier, _ ending: Ending, _ outcome: Outcome, _ last: Slice, at time: Timestamp
    ) {
        guard let (run, index) = place(of: session) else { return }
        let (outcome, repair) = judged(outcome, run, index)
        // The end is not written before the check is over: whoever takes over in between checks again.
        if verifies(
            outcome, run, index,
            then: { [box] verdict in
                box.put(.verified(session, ending, verdict, last, at: time))
            })
        {
            return
        }
        settle(session, ending, checked(outcome, run, index), repair, last, at: time)
    }

    /// A check of an attempt is over.
    func verified(_ session: Identifier, _ ending: Ending, _ outcome: Outcome, _ last: Slice, at time: Timestamp) {
        guard let (run, index) = place(of: session) else { return }
        run.jobs[index].verification = nil
        var outcome = outcome
        if outcome.failure != nil, let cause = run.jobs[index].ending {
            // The check was ended because the job was.
            outcome.state = cause == .cancelled ? .cancelled : .failed
            outcome.failure = Failure(cause, "It was ended while its answer was checked.")
        }
        settle(session, ending, checked(outcome, run, index), nil, last, at: time)
    }

    /// Writes the end of an attempt and tells the queue.
    private func settle(
        _ session: Identifier, _ ending: Ending, _ outcome: Outcome, _ repair: (answer: String, mismatch: String)?,
        _ last: Slice, at time: Timestamp
    ) {
        guard let (run, index) = place(of: session) else { return }
        let job = run.jobs[index]
        let recorded = recorder.translate(last, at: time)
        let track = recorder.forget(session)
        var outcome = outcome
        if outcome.failure?.class == .totalTimeout, job.ending == .totalTimeout, run.rules.stopped == .deadline {
            let most = run.spec.deadline.map { " of \($0.inWords)" } ?? ""
            outcome.failure?.message = "the deadline\(most) for the whole run was over while the session ran"
        }
        var former = outcome.failure.flatMap { FormerAttempt($0, of: track, resumed: job.resumed) }
        if let refusal = FormerAttempt.refusal(outcome, by: track, resumed: job.resumed?.session) {
            outcome.failure = refusal
        } else if FormerAttempt.isUntouched(by: outcome.failure?.class, providerSession: track?.providerSession) {
            former = job.former
        }
        sessions[session] = nil
        forecast.ended(
            session, MemoryForecast.Kind(provider: track?.provider ?? job.spec.provider, module: job.module),
            peak: ending.exit.map { $0.maxResidentKiB << 10 })
        run.jobs[index].session = nil
        run.jobs[index].hostIsRecorded = false
        run.jobs[index].repair = repair
        run.jobs[index].lastFailure = outcome.failure?.class
        run.jobs[index].resumed = nil
        run.jobs[index].former = former
        if let batch = run.batch, let place = job.spec.place, outcome.state == .completed, batch.isReadLater(place) {
            run.jobs[index].said = (outcome.text, outcome.structuredOutput.flatMap { try? JSONValue(parsing: $0) })
        }
        var unread: JobSpec?
        if outcome.state == .completed, outcome.unreadBytes > 0 {
            var spec = job.spec.whole
            spec.unreadBytes = outcome.unreadBytes
            unread = spec
        }
        if outcome.state == .completed, let began = job.sessionStarted { run.took(.now - began) }
        let event = Event(
            time: time, type: Worker.type(of: outcome.state), run: run.id, job: job.id, session: session,
            module: job.module, data: Worker.data(outcome, ending, of: session, attempt: job.attempt))
        // Who never began, or was not let in, has cost nothing; of what else ran and said nothing, nobody knows.
        let mayHaveCost = outcome.failure.map { ![.startFailed, .neverStarted, .auth].contains($0.class) } ?? true
        let unstated = Event(
            time: time, type: .usage, run: run.id, job: job.id, session: session, module: job.module,
            data: RunEvents.unstatedUsage)
        commit.write { [outcome, unread] writer in
            if let slice = recorded?.0 { try writer.apply(slice) }
            // Further turns end with their process, whether they came to their result or not.
            for message in try writer.reader.messages(session: session)
            where message.status == .processing && message.id != job.message {
                let status: MessageStatus = outcome.state == .cancelled ? .cancelled : .failed
                let failure = outcome.failure ?? Failure(.noResult, "The process ended before this turn did.")
                try writer.completeMessage(message.id, status, failure: failure, at: time)
            }
            try writer.endSession(session, outcome, exit: ending.exit, offset: last.offset, at: time)
            if mayHaveCost, try writer.noteUnknownCost(of: session, at: time) { try writer.append(unstated) }
            if let unread { try writer.setSpec(job: job.id, unread.json) }
            if outcome.failure?.class.reaction == .requeue { try writer.uncountAttempt(of: job.id) }
            if let key = job.cacheKey, outcome.state == .completed {
                try writer.keep(
                    answer: outcome.text, result: outcome.structuredOutput, of: job.id, under: key, at: time)
            }
            try writer.append(event)
        }
        let spent = (job.spent ?? Spent()) + (recorded?.spent ?? Spent())
        var end = JobQueue.AttemptEnd(
            outcome.state, outcome.failure, money: spent.money,
            tokens: job.spent == nil && recorded?.spent == nil ? nil : spent.tokens)
        if outcome.state != .completed, let pools = nextPools(run, index) {
            end.nextPools = pools
            run.jobs[index].queued.pools = pools
        }
        feed(.attemptEnded(job: job.id, end))
    }

    /// The verdict after a look at the schema: an answer that does not fit is a failure, and goes back once.
    private func judged(
        _ outcome: Outcome, _ run: LiveRun, _ index: Int
    ) -> (Outcome, repair: (answer: String, mismatch: String)?) {
        guard outcome.state == .completed, let schema = run.jobs[index].schema else { return (outcome, nil) }
        var outcome = outcome
        let mismatch: String
        if let value = AnswerText.json(outcome) {
            guard let reason = schema.mismatch(value) else {
                outcome.structuredOutput = value.text
                return (outcome, nil)
            }
            mismatch = reason
        } else {
            mismatch = "The answer is no JSON."
        }
        outcome.state = .failed
        outcome.failure = Failure(.structuredOutput, mismatch)
        return (outcome, (outcome.structuredOutput ?? outcome.text, mismatch))
    }

    private static func type(of state: SessionState) -> EventType {
        switch state {
        case .completed: .sessionCompleted
        case .cancelled: .sessionCancelled
        case .lost: .sessionLost
        default: .sessionFailed
        }
    }

    private static func data(_ outcome: Outcome, _ ending: Ending, of session: Identifier, attempt: Int) -> JSONObject {
        var data: JSONObject = ["attempt": .integer(Int64(attempt)), "state": .string(outcome.state.rawValue)]
        if let failure = outcome.failure {
            for member in RunEvents.failure(failure, of: session).members { data[member.key] = member.value }
        }
        data["ended_by"] = outcome.endedBy.map { .string($0) }
        if outcome.unreadBytes > 0 { data["unread_bytes"] = .integer(outcome.unreadBytes) }
        if let exit = ending.exit {
            data["exit_code"] = exit.status.map { .integer(Int64($0)) }
            data["signal"] = exit.signal.map { .integer(Int64($0)) }
            data["duration_ms"] = .integer(exit.durationMilliseconds)
            if exit.leftovers > 0 { data["leftovers"] = .integer(Int64(exit.leftovers)) }
        }
        return data
    }
}
