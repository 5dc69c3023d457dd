package import Model
import Scheduler
import Sessions
package import Settings
import Store

/// One command that is to be run as a job of the queue: what a person typed, word by word, without a shell.
package struct SubmitRequest: Sendable {
    /// The program and its arguments.
    package var words: [String]
    /// Where it runs.
    package var folder: String
    package var configuration: Configuration
    /// The file that `--config` named.
    package var configFile: String?
    package var name: String?
    /// At most one run has a given key.
    package var key: String?
    /// From -20 to 20, higher first.
    package var priority = 0
    /// The named pools that it takes a slot in, and what they allow where that is said here.
    package var pools: [(name: String, max: Int?)] = []
    /// How long it may take; nil is as long as it likes: a command may be silent, and spends nothing.
    package var timeout: Duration?
    /// Attempts after the first one. A command may do things that it must not do twice.
    package var retries = 0
    /// A person waits for it.
    package var isInteractive = false
    /// How deep the agent is that asks; 0 for a person.
    package var depth = 0

    /// A request to run `words` in `folder`.
    package init(_ words: [String], in folder: String, _ configuration: Configuration) {
        self.words = words
        self.folder = folder
        self.configuration = configuration
    }

    /// What the command is called where nobody named it: its program.
    package var title: String {
        let name = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        return name.isEmpty ? "command" : name
    }
}

extension PreparedRun {
    /// Lays out the rows of a command; writes nothing.
    package init(_ request: SubmitRequest, at time: Timestamp) throws {
        let configuration = request.configuration
        guard request.words.first?.isEmpty == false else {
            throw TuttiError(.usage, "There is no command.", hint: "tutti submit -- make test")
        }
        var spec = RunSpec(
            directory: configuration.root, configFile: request.configFile, slots: 1,
            retry: PreparedRun.policy(configuration.retry), mergeProvider: configuration.provider)
        spec.retry.attempts = request.retries + 1
        spec.isInteractive = request.isInteractive
        spec.depth = request.depth
        spec.takeLimits(of: configuration)
        for case (let name, let max?) in request.pools {
            spec.pools.append(
                DeclaredPool(RunSpec.pool(name, in: configuration), PoolLimit(max: max), isAdaptive: false))
        }
        let timeouts = TimeoutSettings(
            startup: configuration.timeouts().startup, firstByte: nil, idle: nil, tool: nil, total: request.timeout)
        var own = JobSpec(
            provider: BatchDrafts.command, limits: PreparedRun.limits(configuration, timeouts: timeouts))
        own.command = request.words
        own.pools = request.pools.map { RunSpec.pool($0.name, in: configuration) }
        try RunKey.check(request.key)
        let line = ShellWords.line(request.words)
        let (run, job) = (Identifier.random(), Identifier.random())
        let thread = ThreadDraft(
            module: request.title, project: request.folder, title: request.name, createdAt: time)
        let asked = MessageDraft(
            thread: thread.id, job: job, module: request.title, role: .user, status: .completed, content: line,
            createdAt: time)
        let answer = MessageDraft(
            thread: thread.id, job: job, module: request.title, role: .assistant, createdAt: time)
        self.spec = spec
        self.run = RunDraft(
            id: run, kind: "submit", name: request.name, question: line, project: request.folder, key: request.key,
            spec: spec.json, createdAt: time)
        threads = [thread]
        messages = [asked, answer]
        jobs = [
            JobDraft(
                id: job, run: run, kind: "command", module: request.title, path: request.folder, state: .queued,
                priority: request.priority, maxAttempts: spec.retry.attempts, thread: thread.id, message: answer.id,
                spec: own.json, createdAt: time)
        ]
        ticket = RunTicket(
            run: run,
            jobs: [
                JobTicket(
                    job: job, module: request.title, thread: thread.id, question: asked.id, answer: answer.id)
            ])
    }
}
