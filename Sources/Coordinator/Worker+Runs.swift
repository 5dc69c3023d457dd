import EventLoop
import Model
import Providers
import Scheduler
import Sessions
import Settings
import Store

extension Worker {
    /// Takes up a run that this coordinator owns.
    func take(_ id: Identifier) {
        guard runs[id] == nil else { return }
        let run: LiveRun
        do {
            let found = try stored(id)
            guard let detail = found.detail, !detail.run.state.isFinal,
                // One of a newer version, most likely, is left as it is, for whoever can read it.
                let read = LiveRun(
                    detail.run, jobs: detail.jobs, sessions: detail.sessions, planNumber: found.plan, now: .now,
                    clock: clock, wall: .now)
            else {
                unread.remove(id)
                return note(.finished(id))
            }
            recall(read, detail, try texts(readIn: read))
            run = read
        } catch {
            // It is ours, and nobody else will look after it: the next glance reads it again.
            if unread.insert(id).inserted { say("run \(id.short) cannot be read, trying again: \(error)") }
            return note(.began(id))
        }
        unread.remove(id)
        runs[id] = run
        note(.began(id))
        for (index, job) in run.jobs.enumerated() {
            owners[job.id] = id
            if let session = job.session { sessions[session] = Place(run: id, index: index) }
        }
        commit.write { try $0.setRun(id, .running, at: .now) }
        // Nothing is started before the wishes of others were looked at: one of them may be that it is not.
        arrived.append(id)
        nextGlance = .now
    }

    /// A run as it stands in the store, and which plan it has there.
    func stored(_ id: Identifier) throws -> (detail: RunDetail?, plan: Int64) {
        try store.read { reader in
            (try reader.runDetail(id, withMessages: false), try reader.planNumber(ofRun: id))
        }
    }

    /// How an attempt ended of which not even the session could be written: what its job asks for cannot be, or not now.
    static func notBegun(_ error: any Error) -> JobQueue.AttemptEnd {
        var failure = Failure(.startFailed, "\(error)")
        if let error = error as? TuttiError {
            switch error.code {
            // No other attempt would find it mended.
            case .badConfiguration, .badInput, .usage, .notFound, .cannotCreate:
                failure = Failure(.invalidRequest, "\(error.message) \(error.hint)")
            default: failure = Failure(.startFailed, "\(error.message) \(error.hint)")
            }
        }
        var end = JobQueue.AttemptEnd(.failed, failure)
        end.hasRun = false
        return end
    }

    /// Writes a session and, once it is written, starts it.
    func start(_ run: LiveRun, _ index: Int, attempt: Int) throws {
        let job = run.jobs[index]
        let configuration = try configuration(of: run)
        let material =
            if let batch = run.batch {
                try self.material(run, batch, index, configuration)
            } else if let words = job.spec.command {
                Material(definition: Worker.command(words), prompt: "", path: job.path)
            } else {
                try self.material(run, job, try configuration.providers.definition(job.spec.provider))
            }
        // An earlier answer is there: nothing is started, and nothing is paid.
        if run.jobs[index].keptAnswer != nil {
            var end = JobQueue.AttemptEnd(.completed)
            end.hasRun = false
            return feed(.attemptEnded(job: job.id, end))
        }
        let definition = material.definition
        // A command is called like its program, and that may be a module's name.
        let module =
            job.spec.command == nil ? (job.spec.module ?? job.module).flatMap { configuration.module($0) } : nil
        var request = LaunchRequest(
            prompt: material.prompt, system: run.spec.system,
            model: material.model ?? definition.model, newSession: Worker.uuid(),
            schema: material.schema, workingDirectory: material.path, module: job.module ?? "merge")
        let resumed = attempt > 1 && job.repair == nil ? job.former?.session(for: definition) : nil
        if let resumed {
            request.resume = resumed
            request.prompt = FormerAttempt.resuming(material.prompt)
        }
        request.replayFile = module?.recording(attempt: attempt)
        var environment = surroundings.environment
        if let allowed = material.allowed { environment = environment.filter { allowed.contains($0.key) } }
        environment.merge(module?.environment ?? [:]) { $1 }
        var launch = try definition.launch(request, environment: environment, tutti: surroundings.tutti)
        launch.environment.merge(module?.environment ?? [:]) { $1 }
        let session = Identifier.random()
        let folder = store.stateFolder + "/sessions/" + session.text
        let plan = SessionPlan(
            id: session, folder: folder, definition: definition, launch: launch, workingDirectory: material.path,
            limits: job.spec.limits, epoch: 1, locks: store.stateFolder + "/coordinators", store: store.path,
            tutti: surroundings.tutti, host: surroundings.host,
            extraEnvironment: [
                "TUTTI_RUN": run.id.text, "TUTTI_MODULE": job.module ?? "",
                "TUTTI_DEPTH": String(min(max(run.spec.depth, surroundings.depth), 1_000_000) + 1),
            ], countedUsage: resumed == nil ? nil : job.former?.used,
            keepsAnswer: run.batch != nil || keepsAnswer(run, run.jobs[index]))
        let draft = SessionDraft(
            id: session, job: job.id, attempt: attempt, message: job.message, provider: definition.name,
            model: request.model, workingDirectory: material.path, folder: folder, owner: id,
            dialectVersion: definition.makeStream().version, definition: StoredDefinition.json(definition),
            createdAt: .now)
        run.jobs[index].session = session
        run.jobs[index].hasBegun = true
        run.jobs[index].attempt = attempt
        run.jobs[index].ending = nil
        run.jobs[index].spent = nil
        run.jobs[index].failure = nil
        run.jobs[index].resumed = resumed.map { (session: $0, used: job.former?.used ?? Usage(cost: .zero)) }
        sessions[session] = Place(run: run.id, index: index)
        starts = starts.map { max(0, $0 - 1) }
        forecast.began(session, MemoryForecast.Kind(provider: definition.name, module: job.module), at: .now)
        var data: JSONObject = ["attempt": .integer(Int64(attempt)), "provider": .string(definition.name)]
        data["resumes"] = resumed.map { .string($0) }
        let queued = Event(
            time: .now, type: .sessionQueued, run: run.id, job: job.id, session: session, module: job.module, data: data
        )
        // The question of a batch is made of what others said: it is known only now. What is sent back to be mended is none.
        let asked =
            run.batch == nil || material.prompt.isEmpty || job.repair != nil
            ? nil
            : MessageDraft(
                thread: job.thread, job: job.id, module: job.module, role: .user, status: .completed,
                content: material.prompt, createdAt: .now)
        // What an earlier attempt went on with is no longer true of this one.
        var spec = material.spec ?? (attempt > 1 ? job.spec.whole : nil)
        spec?.resumed = resumed
        spec?.unreadBytes = 0
        // What other coordinators have taken in the meantime, only the transaction knows.
        let claim = ClaimAnswer()
        let pools = job.queued.pools.filter { if case .group = $0 { false } else { true } }
        let limits = limits
        commit.write { [spec, id = run.id, number = run.planNumber] writer in
            claim.set(nil)
            claim.isReplanned = try writer.reader.planNumber(ofRun: id) != number
            if claim.isReplanned { return }
            let isInteractive = job.queued.isInteractive
            let refusal = try writer.refusal(
                toBegin: job.id, pools: pools, limits: limits, isInteractive: isInteractive)
            claim.set(refusal)
            guard refusal == nil else { return }
            if attempt > 1 { try writer.restartMessage(job.message) }
            if let asked { try writer.insertOnce(asked) }
            try writer.insert(draft)
            try writer.takeSlots(of: session, in: pools, isInteractive: isInteractive)
            try writer.setJob(job.id, .running, at: .now)
            if let spec { try writer.setSpec(job: job.id, spec.json) }
            try writer.append(queued)
        }
        let track = track(run, run.jobs[index], provider: definition.name)
        commit.then { [recorder, supervisor, box, id = run.id] in
            if claim.isReplanned { return box.put(.replanned(id)) }
            if let refusal = claim.refusal { return box.put(.refused(session, refusal)) }
            recorder.begin(session, track)
            supervisor.start(plan)
        }
    }

    /// What the recorder must know of a session of `job`.
    func track(
        _ run: LiveRun, _ job: LiveRun.Job, provider: String, current: Identifier? = nil
    ) -> SessionTrack {
        SessionTrack(
            run: run.id, job: job.id, thread: job.thread, module: job.module, message: job.message, fence: fence,
            provider: provider, closesEarly: !keepsAnswer(run, job), current: current)
    }

    /// What a job of an `ask` starts.
    private func material(_ run: LiveRun, _ job: LiveRun.Job, _ definition: ProviderDefinition) throws -> Material {
        var material = Material(
            definition: definition, prompt: try prompt(run, job, definition), path: job.path, model: job.spec.model)
        if !job.isMerge { material.schema = run.spec.schema }
        return material
    }

    private func prompt(_ run: LiveRun, _ job: LiveRun.Job, _ definition: ProviderDefinition) throws -> String {
        if job.isMerge, case .prompt(let prompt) = run.spec.merge {
            return Merge.question(
                prompt: prompt, question: run.question, answers: try answers(run.id), mark: Identifier.random().text)
        }
        guard let schema = run.spec.schema else { return run.question }
        if let repair = job.repair {
            return AnswerText.repair(run.question, schema: schema, answer: repair.answer, mismatch: repair.mismatch)
        }
        // A provider that knows schemas is told by its own means.
        return definition.capabilities.structuredOutput ? run.question : AnswerText.prompt(run.question, schema: schema)
    }

    /// The settings that the run's folder and file hold, if they may be acted on.
    ///
    /// They are read when the run begins and hold to its end; a later run reads them anew, as a coordinator may live for
    /// months. Trust is asked for again every second, as what the settings run may change; not for each of a thousand
    /// starts, as the answer needs every module's folder and the hash of every script.
    func configuration(of run: LiveRun) throws -> Configuration {
        if let known = configurations[run.id], .now < known.due { return known.configuration }
        let configuration =
            try configurations[run.id]?.configuration
            ?? Configuration.load(
                directory: run.spec.directory, explicit: run.spec.configFile, environment: surroundings.environment)
        let began = Monotonic.now
        try surroundings.mayRun(configuration)
        // A project of ten thousand modules is asked about less often than one of ten: at most a fiftieth of the time.
        let rest = min(max(.seconds(1), (.now - began) * 50), .seconds(10))
        configurations[run.id] = (configuration, .now + rest)
        return configuration
    }

    /// Records that a job waits for its next attempt.
    func retry(
        _ run: LiveRun, _ index: Int, _ attempt: Int, _ wait: Duration, _ failure: Failure, isParked: Bool
    ) {
        run.jobs[index].failure = failure
        let job = run.jobs[index]
        var data = RunEvents.failure(failure, of: job.id)
        data["attempt"] = .integer(Int64(attempt))
        data["of"] = .integer(Int64((job.spec.retry ?? run.spec.retry).attempts))
        data["wait_ms"] = .milliseconds(wait)
        let event = RunEvents.job(.sessionRetrying, run: run.id, job: job.id, module: job.module, data, at: .now)
        commit.write { [run = run.id] writer in
            let now = Timestamp.now
            let due = Timestamp(milliseconds: now.milliseconds + wait.wholeMilliseconds)
            try writer.setJob(job.id, isParked ? .parked : .waiting, failure: failure, notBefore: due, at: now)
            if isParked { try writer.uncountTry(of: job.id) }
            try writer.append(event)
            let waits: JSONObject = [
                "reason": .string(isParked ? failure.class.rawValue : "retry"), "not_before": .string(due.iso8601),
            ]
            try writer.append(
                RunEvents.job(
                    isParked ? .jobParked : .jobWaiting, run: run, job: job.id, module: job.module, waits, at: now))
        }
    }

    /// Records where a job is that does not run: it waits for its turn again, for a time, or for a person.
    func record(_ run: LiveRun, _ index: Int, _ state: JobState, until: Duration?, _ failure: Failure? = nil) {
        let job = run.jobs[index]
        let wait = until.map { max(.zero, $0 - clock) }
        // A job that is held, or is no longer, still waits for the attempt after the one that failed.
        let cause = wait == nil ? nil : job.failure
        let reason =
            switch state {
            case .held: "held"
            case .parked: cause?.class.rawValue ?? "time"
            default: wait == nil ? "needs" : cause == nil ? "time" : "retry"
            }
        let type: EventType =
            switch state {
            case .queued: .jobQueued
            case .parked: .jobParked
            default: .jobWaiting
            }
        // What runs on its way to the next attempt has begun: no plan changes that.
        write(of: job.hasBegun ? nil : run) { [run = run.id] writer in
            let now = Timestamp.now
            let due = wait.map { Timestamp(milliseconds: now.milliseconds + $0.wholeMilliseconds) }
            try writer.setJob(job.id, state, failure: failure ?? cause, notBefore: due, at: now)
            var data = failure.map { RunEvents.failure($0, of: job.id) } ?? [:]
            if state != .queued { data["reason"] = .string(reason) }
            data["not_before"] = due.map { .string($0.iso8601) }
            try writer.append(RunEvents.job(type, run: run, job: job.id, module: job.module, data, at: now))
        }
    }

    /// A version 4 UUID, as providers want them for their own sessions.
    private static func uuid() -> String {
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]].map { $0.joined() }
            .joined(separator: "-")
    }
}
