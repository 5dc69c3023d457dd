package import Model
package import Scheduler
import Sessions
package import Settings
import Store

/// One question to many modules, and how it is to be asked.
package struct AskRequest: Sendable {
    /// The whole prompt, with what was attached to it.
    package var question: String
    package var targets: [ResolvedModule]
    package var configuration: Configuration
    /// The file that `--config` named.
    package var configFile: String?
    package var name: String?
    /// At most one run has a given key: asking again with the same one starts nothing.
    package var key: String?
    /// Goes before what modules and the project say.
    package var provider: String?
    package var model: String?
    package var system: String?
    package var halt: HaltRule?
    package var enough: Int?
    package var merge: Merge?
    package var schema: String?
    package var deadline: Duration?
    /// From -20 to 20, higher first.
    package var priority = 0
    /// A person waits for the answers.
    package var isInteractive = false
    /// How deep the agent is that asks; 0 for a person.
    package var depth = 0
    /// The run whose question was changed into this one.
    package var from: Identifier?

    /// A request to ask `targets`, with everything else as the configuration says.
    package init(question: String, targets: [ResolvedModule], configuration: Configuration) {
        self.question = question
        self.targets = targets
        self.configuration = configuration
    }

    /// The most that a question may have, in bytes: providers refuse more.
    package static let questionLimit = 8 << 20

    /// The provider that answers for a module: the flag's, the module's, the project's.
    package func provider(for target: ResolvedModule) -> String {
        provider ?? target.setting?.provider ?? configuration.provider
    }
}

/// The identifiers that a new run was given, for whoever wants to watch it.
package struct RunTicket: Sendable, Hashable {
    package var run: Identifier
    package var jobs: [JobTicket]
    /// False when a run with the same key was there already: then `run` is that one, and nothing was started.
    package var isNew = true
}

/// The identifiers of one job of a new run.
package struct JobTicket: Sendable, Hashable {
    package var job: Identifier
    package var module: String
    package var thread: Identifier
    /// The person's message and the answer's.
    package var question: Identifier
    package var answer: Identifier
}

/// A run as it will be written: checked, with all identifiers drawn.
package struct PreparedRun: Sendable {
    package let ticket: RunTicket
    let spec: RunSpec
    let run: RunDraft
    let threads: [ThreadDraft]
    let messages: [MessageDraft]
    let jobs: [JobDraft]

    /// Checks a request and lays out its rows; writes nothing.
    package init(_ request: AskRequest, at time: Timestamp) throws {
        try PreparedRun.check(request)
        try RunKey.check(request.key)
        let configuration = request.configuration
        var spec = RunSpec(
            directory: configuration.root, configFile: request.configFile, slots: max(1, configuration.jobs),
            retry: PreparedRun.policy(configuration.retry),
            halt: request.halt, enough: request.enough, deadline: request.deadline,
            merge: request.merge, mergeProvider: request.provider ?? configuration.provider)
        spec.schema = request.schema
        spec.system = request.system
        spec.model = request.model
        spec.from = request.from
        spec.isInteractive = request.isInteractive
        spec.takeLimits(of: configuration)
        spec.depth = request.depth
        let run = Identifier.random()
        var threads: [ThreadDraft] = []
        var messages: [MessageDraft] = []
        var jobs: [JobDraft] = []
        var tickets: [JobTicket] = []
        // Nearly all modules are asked in the same way: ten thousand jobs hold what was written of the first.
        var written: (spec: JobSpec, json: JSONObject)?
        func add(_ module: String?, _ path: String, kind: String, question: String?, _ job: JobSpec, _ state: JobState)
        {
            let thread = ThreadDraft(module: module, project: configuration.root, title: request.name, createdAt: time)
            let id = Identifier.random()
            let asked = MessageDraft(
                thread: thread.id, job: id, module: module, role: .user, status: .completed, content: question,
                createdAt: time)
            let answer = MessageDraft(thread: thread.id, job: id, module: module, role: .assistant, createdAt: time)
            threads.append(thread)
            messages += question == nil ? [answer] : [asked, answer]
            let position = jobs.count
            let json = written?.spec == job ? written?.json ?? job.json : job.json
            written = (job, json)
            jobs.append(
                JobDraft(
                    id: id, run: run, position: position, kind: kind, module: module, path: path, state: state,
                    priority: request.priority,
                    maxAttempts: spec.retry.attempts,
                    dependencies: kind == "merge" ? jobs.map(\.id) : [], thread: thread.id, message: answer.id,
                    spec: json, createdAt: time))
            if let module, kind == "ask" {
                tickets.append(
                    JobTicket(job: id, module: module, thread: thread.id, question: asked.id, answer: answer.id))
            }
        }
        for target in request.targets {
            let name = request.provider(for: target)
            let limits = PreparedRun.limits(configuration, target.setting)
            let model = request.model ?? target.setting?.model ?? configuration.model
            add(
                target.name, target.path, kind: "ask", question: request.question,
                JobSpec(provider: name, model: model, limits: limits), .queued)
        }
        if case .prompt = request.merge {
            let limits = PreparedRun.limits(configuration, nil)
            let job = JobSpec(provider: spec.mergeProvider, model: request.model ?? configuration.model, limits: limits)
            add(nil, configuration.root, kind: "merge", question: nil, job, .waiting)
        }
        self.spec = spec
        self.run = RunDraft(
            id: run, name: request.name, question: request.question, project: configuration.root, key: request.key,
            spec: spec.json, createdAt: time)
        self.threads = threads
        self.messages = messages
        self.jobs = jobs
        ticket = RunTicket(run: run, jobs: tickets)
    }

    private static func check(_ request: AskRequest) throws {
        let isBlank = request.question.allSatisfy(\.isWhitespace)
        guard !isBlank else {
            throw TuttiError(.usage, "The question is empty.", hint: "tutti ask \"What does this module do?\" MODULES…")
        }
        guard request.question.utf8.count <= AskRequest.questionLimit else {
            throw TuttiError(
                .badInput,
                "The question has \(request.question.utf8.count) bytes; providers take \(AskRequest.questionLimit) at most.",
                hint: "Put the material into a file of the module and ask about that file.")
        }
        guard !request.targets.isEmpty else {
            throw TuttiError(
                .usage, "No module was named.", hint: "Name folders or modules, or take all of them: --all")
        }
        if let enough = request.enough, enough < 1 || enough > request.targets.count {
            throw TuttiError(
                .usage, "--any \(enough) of \(request.targets.count) modules cannot be.",
                hint: "Give a number from 1 to \(request.targets.count).")
        }
        for target in request.targets {
            _ = try request.configuration.providers.definition(request.provider(for: target))
        }
    }

    private static func limits(_ configuration: Configuration, _ module: ModuleSetting?) -> SessionLimits {
        limits(configuration, timeouts: configuration.timeouts(for: module))
    }

    /// The limits of a session with these time-outs.
    static func limits(_ configuration: Configuration, timeouts: TimeoutSettings) -> SessionLimits {
        let limits = configuration.limits
        return SessionLimits(
            startup: timeouts.startup, firstByte: timeouts.firstByte, idle: timeouts.idle, toolIdle: timeouts.tool,
            total: timeouts.total, afterResult: timeouts.afterResult, backgroundWait: timeouts.background,
            grace: limits.grace, orphan: limits.orphan, spoolBytes: limits.spool)
    }

    /// The rules of trying again that these settings mean. A time that the provider names is waited for in any case.
    static func policy(_ retry: RetrySettings) -> RetryPolicy {
        RetryPolicy(
            attempts: retry.attempts,
            backoff: Backoff(
                delay: retry.delay, factor: retry.function == .exponential ? 2 : 1, maximum: retry.maxDelay,
                jitter: retry.jitter),
            classes: retry.when.union([.quota]))
    }

    /// Writes the run and everything that belongs to it; false when a run with the same key exists.
    func write(_ writer: StoreWriter, owner: Identifier?, at time: Timestamp) throws -> Bool {
        var draft = run
        draft.owner = owner
        guard try writer.insert(draft) != nil else { return false }
        for thread in threads { try writer.insert(thread) }
        for job in jobs { try writer.insert(job) }
        for message in messages { try writer.insert(message) }
        try writer.append(RunEvents.started(self, at: time))
        for job in jobs where job.state == .queued {
            try writer.append(RunEvents.job(.jobQueued, run: run.id, job: job.id, module: job.module, [:], at: time))
        }
        for job in jobs where job.state == .waiting {
            try writer.append(RunEvents.waiting(run: run.id, merge: job.id, for: job.dependencies, at: time))
        }
        return true
    }
}
