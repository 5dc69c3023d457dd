import Batch
import Model
import Providers
import Scheduler
import Settings
import StreamJSON

/// What the attempts of a batch start: who is asked what, and where.
extension Worker {
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

    /// Who is asked in the next attempt of a job: another one where the job names one for its last failure. A model is one of
    /// its provider's, so each of them has its own.
    static func asked(_ job: LiveRun.Job, _ settings: JobSettings) -> (provider: String, model: String?) {
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

    /// A command as a provider: what it prints is its answer, its exit status the verdict.
    static func command(_ words: [String]) -> ProviderDefinition {
        ProviderDefinition(name: BatchDrafts.command, kind: .plain, command: words)
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
