import Batch
import Model
import Providers
import Scheduler
import Sessions
import Settings
import Store
import StreamJSON

/// What a batch wants beyond an `ask`: conditions, rows that are known late, and texts that others read.
extension Worker {
    /// Tells the queue what the run declares: its pools, its budget, and how many of a batch may go at a time.
    func enterLimits(of run: LiveRun) {
        for declared in run.spec.pools {
            setPool(declared.pool, declared.limit)
            if declared.isAdaptive { feed(.govern(declared.pool, PoolGovernor.Policy())) }
        }
        if let budget = run.spec.budget {
            let before = Spending(money: run.costBefore)
            feed(.budget(.run(run.id), budget.limit, budget.reaction, elsewhere: before))
        }
        if run.batch != nil { feed(.limit(.group(run.id), PoolLimit(max: run.spec.slots))) }
    }

    /// Whether a part of a batch runs. The rows of a matrix are made here, when all is there that they are made of.
    func decide(_ run: LiveRun, _ batch: BatchRun, _ index: Int) -> JobQueue.Decision {
        guard let place = run.jobs[index].spec.place else { return .run }
        let decision = batch.decide(place.job)
        guard place.role == .matrix, decision == .run, batch.isLate(place.job) else {
            if place.role == .matrix, let group = batch.group(place.job) { feed(.completeGroup(group)) }
            return place.role == .matrix && decision == .run ? .done : decision
        }
        do {
            try expand(run, batch, place.job)
            return .done
        } catch {
            if let group = batch.group(place.job) { feed(.completeGroup(group)) }
            return .fail(Worker.failure(.invalidRequest, error))
        }
    }

    /// Writes the rows of a job that were not known before, and gives them to the queue.
    private func expand(_ run: LiveRun, _ batch: BatchRun, _ job: String) throws {
        guard let group = batch.group(job) else { return }
        let count = try batch.expand(job)
        let drafts = BatchDrafts(
            run: run.id, project: run.spec.directory, spec: run.spec, configuration: try configuration(of: run),
            plan: batch.plan)
        let first = run.jobs.count
        let all = (0..<count).map { row in
            let place = BatchPlace(.row, of: job, row: row)
            return drafts.draft(
                place, name: BatchDrafts.name(of: place, in: batch.plan), position: first + row, at: .now)
        }
        var document = run.spec.json
        document["plan"] = .object(batch.plan.json)
        commit.write { [id = run.id, document] writer in
            try writer.setSpec(run: id, document)
            for draft in all {
                try writer.insert(draft.thread)
                try writer.insert(draft.job)
                try writer.insert(draft.message)
                try writer.append(
                    RunEvents.job(.jobQueued, run: id, job: draft.job.id, module: draft.job.module, [:], at: .now))
            }
        }
        let added = run.add(all)
        for job in run.jobs.suffix(added.count) {
            owners[job.id] = run.id
            govern(job.queued.pools)
        }
        feed(.add(added, groups: [], together: false))
        feed(.completeGroup(group))
    }

    /// All of a job of a batch has ended: what it came to can be read by those after it.
    func finishGroup(_ group: Identifier) {
        for run in runs.values {
            guard let (job, outcome) = run.batch?.finishGroup(group) else { continue }
            let data: JSONObject = [
                "text": .string(job), "completed": true, "status": .string(outcome.status.rawValue),
            ]
            commit.append(Event(time: .now, type: .planStep, run: run.id, data: data))
        }
    }

    /// What a part of a batch starts.
    func material(_ run: LiveRun, _ batch: BatchRun, _ index: Int, _ configuration: Configuration) throws -> Material {
        let job = run.jobs[index]
        guard let place = job.spec.place else {
            throw TuttiError(.internalError, "a job without a place", hint: "retry")
        }
        if place.role == .axis {
            return Material(
                definition: Worker.command(try batch.axisCommand(place)), prompt: "", path: batch.folder.root)
        }
        let ready = try batch.ready(place)
        try takeKept(run, batch, index, ready)
        let path = ready.settings.workdir.map { $0.hasPrefix("/") ? $0 : batch.folder.root + "/" + $0 } ?? job.path
        var definition: ProviderDefinition
        var prompt = ""
        var model: String?
        switch ready.work {
        case .run(let words): definition = Worker.command(words)
        case .prompt(let text):
            let other = Worker.fallback(of: ready.settings, after: job.lastFailure)
            definition = try configuration.providers.definition(
                other?.provider ?? ready.settings.provider ?? job.spec.provider)
            prompt = text
            model = other == nil ? ready.settings.model : other?.model
        }
        let allowed = ready.settings.allowedVariables
        for name in allowed ?? [] { definition.env[name] = surroundings.environment[name] ?? definition.env[name] }
        for (name, value) in ready.settings.variables { definition.env[name] = value }
        var material = Material(definition: definition, prompt: prompt, path: path)
        material.allowed = allowed.map { Set($0) }
        material.model = model
        if let text = try batch.schema(ready.settings) {
            run.jobs[index].schema = try AnswerSchema(
                try JSONValue(parsing: text), file: ready.settings.schema ?? "schema")
            if definition.capabilities.structuredOutput {
                // By the provider's own means; an answer that did not fit still goes back with the reason.
                material.schema = text
            } else if job.repair == nil {
                material.prompt = AnswerText.prompt(prompt, schema: text)
            }
            if let repair = job.repair {
                material.prompt = AnswerText.repair(
                    prompt, schema: text, answer: repair.answer, mismatch: repair.mismatch)
            }
        }
        return material
    }

    /// Looks for an earlier answer that may stand for this one.
    private func takeKept(_ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob) throws {
        do throws(BatchFolderError) {
            run.jobs[index].cacheKey = try batch.plan.cacheKey(of: ready, folder: batch.folder)
        } catch {
            throw TuttiError(.badConfiguration, "the cache cannot read \(error.message)", hint: error.hint)
        }
        guard let key = run.jobs[index].cacheKey else { return }
        let since = ready.settings.cacheAge.map {
            Timestamp(milliseconds: Timestamp.now.milliseconds - $0.wholeMilliseconds)
        }
        // A store that cannot be read just now costs one more answer, no run.
        guard let kept = (try? store.read { try $0.keptAnswer(key, since: since) }) ?? nil else { return }
        run.jobs[index].keptAnswer = kept.text
        run.jobs[index].said = (kept.text, kept.result.flatMap { try? JSONValue(parsing: $0) })
        if let path = ready.settings.save {
            do throws(BatchFolderError) {
                try batch.folder.save(Array((kept.result ?? kept.text).utf8), to: path)
            } catch {
                throw TuttiError(.cannotCreate, "the answer cannot be saved: \(error.message)", hint: error.hint)
            }
        }
    }

    /// The provider that is asked after this failure, where the job names one for it.
    private static func fallback(
        of settings: JobSettings, after failure: FailureClass?
    ) -> (provider: String, model: String?)? {
        guard let failure else { return nil }
        let fits = settings.fallbacks.first { ($0.when ?? RetryPolicy.usual).contains(failure) }
        return fits.map { ($0.provider, $0.model) }
    }

    /// Lets the next attempt wait for the provider that will be asked.
    func askElsewhere(_ run: LiveRun, _ index: Int) {
        let job = run.jobs[index]
        guard let batch = run.batch, let place = job.spec.place, !job.spec.elsewhere.isEmpty,
            let failure = job.lastFailure, job.spec.elsewhere.contains(failure),
            let settings = try? batch.ready(place).settings,
            let other = Worker.fallback(of: settings, after: failure)
        else { return }
        let pools = job.queued.pools.map { pool in
            if case .provider = pool { Pool.provider(other.provider) } else { pool }
        }
        govern(pools)
        run.jobs[index].queued.pools = pools
        feed(.move(job: job.id, pools: pools))
    }

    /// Begins the check that a job asks for; false when it asks for none, or there is nothing to check.
    func verifies(
        _ outcome: Outcome, _ run: LiveRun, _ index: Int, then tell: @escaping @Sendable (Outcome) -> Void
    ) -> Bool {
        guard outcome.state == .completed, let batch = run.batch, let place = run.jobs[index].spec.place,
            place.role == .row, run.jobs[index].verification == nil, let settings = try? batch.ready(place).settings,
            !settings.verify.isEmpty
        else { return false }
        let job = run.jobs[index]
        let path = settings.workdir.map { $0.hasPrefix("/") ? $0 : batch.folder.root + "/" + $0 } ?? job.path
        var environment = AllowedEnvironment.of(.plain).environment(from: surroundings.environment, own: [:])
        for (name, value) in settings.variables { environment[name] = value }
        environment["TUTTI_RUN"] = run.id.text
        run.jobs[index].verification = Verification(
            settings.verify, in: path, environment: environment, limit: job.spec.limits.total ?? .seconds(1800),
            tutti: surroundings.tutti
        ) { failure in
            var verdict = outcome
            if let failure {
                verdict.state = .failed
                verdict.failure = failure
            }
            tell(verdict)
        }
        return true
    }

    /// A command as a provider: what it prints is its answer, its exit status the verdict.
    static func command(_ words: [String]) -> ProviderDefinition {
        ProviderDefinition(name: BatchDrafts.command, kind: .plain, command: words)
    }

    /// True when what an attempt of a job says must be known at its end, as a whole.
    func keepsAnswer(_ run: LiveRun, _ job: LiveRun.Job) -> Bool {
        if let batch = run.batch, let place = job.spec.place { return batch.isRead(place) }
        return job.schema != nil
    }

    /// Finds out again what the answer of a job of a batch must fit, that an earlier coordinator has started.
    func recallSchema(_ run: LiveRun, _ index: Int) {
        guard let batch = run.batch, let place = run.jobs[index].spec.place, place.role == .row,
            let settings = try? batch.ready(place).settings, let text = try? batch.schema(settings)
        else { return }
        run.jobs[index].schema = try? AnswerSchema(try JSONValue(parsing: text), file: settings.schema ?? "schema")
    }

    /// A look at what a part of a batch says before it counts as done: its outputs can be read, and it is saved.
    func checked(_ outcome: Outcome, _ run: LiveRun, _ index: Int) -> Outcome {
        guard outcome.state == .completed, let batch = run.batch, let place = run.jobs[index].spec.place,
            place.role == .row
        else { return outcome }
        do {
            let result = outcome.structuredOutput.flatMap { try? JSONValue(parsing: $0) }
            _ = try batch.outputs(of: place.job, text: outcome.text, result: result)
            if let path = try batch.ready(place).settings.save {
                let text = outcome.structuredOutput ?? outcome.text
                try batch.folder.save(Array(text.utf8), to: path)
            }
            return outcome
        } catch {
            var outcome = outcome
            outcome.state = .failed
            outcome.failure = Worker.failure(.verifyFailed, error)
            return outcome
        }
    }

    /// Any error of a batch as a failure.
    static func failure(_ class: FailureClass, _ error: any Error) -> Failure {
        switch error {
        case let error as TuttiError: Failure(`class`, "\(error.message) \(error.hint)")
        case let error as OutputError: Failure(`class`, error.message)
        case let error as BatchFolderError: Failure(`class`, "It cannot be saved: \(error.message). \(error.hint)")
        default: Failure(`class`, "\(error)")
        }
    }

    /// Tells a batch how a part of it ended.
    func tellBatch(_ run: LiveRun, _ index: Int, _ state: JobState, _ failure: Failure?) {
        guard let batch = run.batch, let place = run.jobs[index].spec.place else { return }
        let said = run.jobs[index].said
        run.jobs[index].said = nil
        batch.ended(place, state, text: said?.text, result: said?.result, failure: failure)
    }

    /// Lets a batch that was taken up read what earlier coordinators finished of it.
    func recall(_ run: LiveRun, _ detail: RunDetail) {
        guard let batch = run.batch else { return }
        var texts: [Identifier: String] = [:]
        for message in detail.messages { texts[message.id] = message.content }
        var results: [Identifier: String] = [:]
        for session in detail.sessions where session.state == .completed {
            results[session.job] = session.structuredOutput
        }
        for job in run.jobs where job.queued.record.state.isFinal {
            guard let place = job.spec.place else { continue }
            let result = results[job.id].flatMap { try? JSONValue(parsing: $0) }
            batch.ended(
                place, job.queued.record.state, text: texts[job.message], result: result,
                failure: job.queued.record.failure)
        }
    }
}

/// What is needed to start one attempt: who is asked what, and where.
struct Material {
    var definition: ProviderDefinition
    var prompt: String
    var path: String
    var model: String?
    var schema: String?
    /// The only variables that are passed on, where a job says which.
    var allowed: Set<String>?
}
