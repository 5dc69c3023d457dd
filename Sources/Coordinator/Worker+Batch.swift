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
    private func expand(_ run: LiveRun, _ batch: BatchRun, _ job: String, as part: LiveRun.Job) throws {
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
        run.jobs[index].settings = ready.settings
        if let module = ready.settings.module, configuration.module(module) == nil {
            throw TuttiError(
                .badConfiguration, "module \"\(module)\" does not exist, so nothing is asked in its place.",
                hint: "the project has: \(configuration.modules.prefix(50).map(\.name).joined(separator: ", "))")
        }
        let path = ready.settings.workdir.map { $0.hasPrefix("/") ? $0 : batch.folder.root + "/" + $0 } ?? job.path
        var definition: ProviderDefinition
        var prompt = ""
        var model: String?
        switch ready.work {
        case .run(let words): definition = Worker.command(words)
        case .prompt(let text):
            let asked = Worker.asked(job, ready.settings)
            definition = try configuration.providers.definition(asked.provider)
            prompt = text
            model = asked.model
        }
        let allowed = ready.settings.allowedVariables
        for name in allowed ?? [] { definition.env[name] = surroundings.environment[name] ?? definition.env[name] }
        for (name, value) in ready.settings.variables { definition.env[name] = value }
        var material = Material(definition: definition, prompt: prompt, path: path)
        material.allowed = allowed.map { Set($0) }
        material.model = model
        var spec = job.spec.whole
        // What goes back to be mended is judged by what it was asked for.
        if job.repair == nil { spec.schema = try batch.schema(ready.settings, of: place) }
        if let text = spec.schema {
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
        run.jobs[index].asked = ready.question(
            provider: job.spec.provider, model: job.spec.model, schema: spec.schema)
        try takeKept(run, batch, index, ready, place)
        spec.cacheKey = run.jobs[index].cacheKey
        spec.asked = run.jobs[index].asked
        // What an earlier answer came to is none of this attempt's.
        spec.keptResult = nil
        spec.keptFrom = nil
        material.spec = spec
        return material
    }

    /// Begins to look for the key of the cache where that means reading files; false where it does not, or they were read.
    func seeksKey(_ run: LiveRun, _ index: Int, attempt: Int) throws -> Bool {
        guard let batch = run.batch, let place = run.jobs[index].spec.place, place.role == .row,
            run.jobs[index].keyWork?.result == nil, batch.mayReadFilesForKey(place)
        else { return false }
        let ready = try batch.ready(place)
        guard ready.readsFilesForItsKey else { return false }
        run.jobs[index].keyWork?.cancel()
        let job = run.jobs[index].id
        run.jobs[index].keyWork = KeyWork(ready, of: batch.plan(of: place), in: batch.folder) { [box] in
            box.put(.keyed(job, attempt: attempt))
        }
        return true
    }

    /// Looks for an earlier answer that may stand for this one: it fits what is asked of this one, too.
    private func takeKept(
        _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob, _ place: BatchPlace
    ) throws {
        let work = run.jobs[index].keyWork
        run.jobs[index].keyWork = nil
        do throws(BatchFolderError) {
            run.jobs[index].cacheKey =
                if let work, let result = work.result { try result.get() } else {
                    try batch.plan(of: place).cacheKey(of: ready, folder: batch.folder)
                }
        } catch {
            throw KeyWork.unreadable(error)
        }
        if try takeResumed(run, batch, index, ready, place) { return }
        guard let key = run.jobs[index].cacheKey else { return }
        let since = ready.settings.cacheAge.map {
            Timestamp(milliseconds: Timestamp.now.milliseconds - $0.wholeMilliseconds)
        }
        // A store that cannot be read just now costs one more answer, no run.
        guard let kept = (try? store.read { try $0.keptAnswer(key, since: since) }) ?? nil else { return }
        _ = try take(kept.text, kept.result, from: .cache, run, batch, index, ready, place)
    }

    /// Takes the answer of the run that this one resumes, where it gave one to the same question.
    private func takeResumed(
        _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob, _ place: BatchPlace
    ) throws -> Bool {
        guard let resumed = run.spec.resumed, !resumed.anew.contains(ready.job), let name = run.jobs[index].module
        else { return false }
        // Not passed over where the store cannot be read: it would be paid for again.
        let known =
            try run.formerJobs
            ?? store.read { reader in
                guard try reader.run(resumed.run) != nil else {
                    throw TuttiError(
                        .notFound, "The run \(resumed.run.short), whose answers were to stand for these, is gone.",
                        hint: "run the batch without it")
                }
                return try reader.completedJobs(ofRun: resumed.run)
            }
        run.formerJobs = known
        if let row = known[name], try takeFormer(row, resumed, run, batch, index, ready, place) { return true }
        // Whoever says where to begin pays for nothing that comes before.
        guard resumed.wantsSameQuestion else {
            throw TuttiError(
                .notFound, "The run \(resumed.run.short) has no answer of `\(name)` that can stand for it.",
                hint: "--resume \(resumed.run.short) without --from asks for what is missing")
        }
        return false
    }

    /// Takes the answer of a job of the run that this one resumes, where it was given to the same question.
    private func takeFormer(
        _ row: Int64, _ resumed: ResumedRun, _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob,
        _ place: BatchPlace
    ) throws -> Bool {
        guard let former = try store.read({ try $0.completedAnswer(row) }),
            let spec = (try? JSONValue(parsing: former.spec)).flatMap({ JobSpec($0) })
        else { return false }
        if resumed.wantsSameQuestion, spec.asked == nil || spec.asked != run.jobs[index].asked { return false }
        let result = spec.keptResult ?? former.result
        guard try take(former.text, result, from: .run(resumed.run), run, batch, index, ready, place) else {
            return false
        }
        // Whoever resumes this run hears which question the answer was given to.
        run.jobs[index].asked = spec.asked
        return true
    }

    /// Lets an earlier answer stand for a new one, where it fits what is asked of it; false where it does not.
    private func take(
        _ text: String, _ result: String?, from origin: KeptOrigin, _ run: LiveRun, _ batch: BatchRun, _ index: Int,
        _ ready: ReadyJob, _ place: BatchPlace
    ) throws -> Bool {
        let value = result.flatMap { try? JSONValue(parsing: $0) }
        if let schema = run.jobs[index].schema {
            guard let value = value ?? (try? JSONValue(parsing: text)), schema.mismatch(value) == nil else {
                return false
            }
        }
        guard (try? batch.outputs(of: place, text: text, result: value)) != nil else { return false }
        run.jobs[index].keptAnswer = (text, result, origin)
        if batch.isReadLater(place) { run.jobs[index].said = (text, value) }
        if let path = ready.settings.save {
            try batch.save(result ?? text, to: path, by: place)
        }
        return true
    }

    /// Who is asked in the next attempt of a job: another one where the job names one for its last failure. A model is one of
    /// its provider's, so each of them has its own.
    private static func asked(_ job: LiveRun.Job, _ settings: JobSettings) -> (provider: String, model: String?) {
        if let failure = job.lastFailure,
            let other = settings.fallbacks.first(where: { ($0.when ?? RetryPolicy.usual).contains(failure) })
        {
            return (other.provider, other.model)
        }
        return (settings.provider ?? job.spec.provider, settings.model ?? job.spec.model)
    }

    /// In which pools the next attempt of a job needs slots; nil where no failure changes that.
    func nextPools(_ run: LiveRun, _ index: Int) -> [Pool]? {
        let job = run.jobs[index]
        guard !job.spec.elsewhere.isEmpty, let settings = settings(of: run, index) else { return nil }
        let provider = Worker.asked(job, settings).provider
        let first = Pool.provider(job.spec.provider)
        var pools: [Pool] = []
        for pool in job.pools {
            let pool = pool == first ? .provider(provider) : pool
            if !pools.contains(pool) { pools.append(pool) }
        }
        govern(pools)
        return pools
    }

    /// The settings of a row of a batch, as they were when its attempt began.
    func settings(of run: LiveRun, _ index: Int) -> JobSettings? {
        let job = run.jobs[index]
        guard let batch = run.batch, let place = job.spec.place, place.role == .row else { return nil }
        return job.settings ?? (try? batch.settings(place))
    }

    /// Begins the check that a job asks for; false when it asks for none, or there is nothing to check.
    func verifies(
        _ outcome: Outcome, _ run: LiveRun, _ index: Int, then tell: @escaping @Sendable (Outcome) -> Void
    ) -> Bool {
        guard outcome.state == .completed, let batch = run.batch, run.jobs[index].verification == nil,
            let settings = settings(of: run, index), !settings.verify.isEmpty
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
                verdict.state = failure.class == .cancelled ? .cancelled : .failed
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
        if let batch = run.batch, let place = job.spec.place { return job.cacheKey != nil || batch.isRead(place) }
        return job.schema != nil
    }

    /// A look at what a part of a batch says before it counts as done: its outputs can be read, and it is saved.
    func checked(_ outcome: Outcome, _ run: LiveRun, _ index: Int) -> Outcome {
        guard outcome.state == .completed, let batch = run.batch, let place = run.jobs[index].spec.place else {
            return outcome
        }
        do {
            if place.role == .axis { _ = try MatrixData.printed(outcome.text) }
            guard place.role == .row else { return outcome }
            let result = outcome.structuredOutput.flatMap { try? JSONValue(parsing: $0) }
            _ = try batch.outputs(of: place, text: outcome.text, result: result)
            let settings = try run.jobs[index].settings ?? batch.settings(place)
            if let path = settings.save {
                try batch.save(outcome.structuredOutput ?? outcome.text, to: path, by: place)
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
        default: Failure(`class`, "\(error)")
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

/// What is needed to start one attempt: who is asked what, and where.
struct Material {
    var definition: ProviderDefinition
    var prompt: String
    var path: String
    var model: String?
    var schema: String?
    /// The only variables that are passed on, where a job says which.
    var allowed: Set<String>?
    /// What is to be known of the job while the attempt lives, where that is not written yet.
    var spec: JobSpec?
}
