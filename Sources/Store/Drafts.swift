package import Model

/// What is needed to write a new run.
package struct RunDraft: Sendable {
    package var id: Identifier
    /// `ask`, `batch` or `submit`.
    package var kind: String
    package var name: String?
    package var question: String?
    /// The project's root folder.
    package var project: String?
    /// At most one run has a given key.
    package var key: String?
    /// Everything else that whoever goes on with the run must know.
    package var spec: JSONObject
    package var state: RunState
    /// Nil leaves it to be claimed by any coordinator.
    package var owner: Identifier?
    package var createdAt: Timestamp

    /// A new run.
    package init(
        id: Identifier = .random(), kind: String = "ask", name: String? = nil, question: String? = nil,
        project: String? = nil, key: String? = nil, spec: JSONObject = [:], state: RunState = .queued,
        owner: Identifier? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.name = name
        self.question = question
        self.project = project
        self.key = key
        self.spec = spec
        self.state = state
        self.owner = owner
        self.createdAt = createdAt
    }
}

/// What is needed to write a new job.
package struct JobDraft: Sendable {
    package var id: Identifier
    package var run: Identifier
    /// Its place in the run, from 0.
    package var position: Int
    /// `ask`, `merge`, `command`, …
    package var kind: String
    package var module: String?
    /// The module's folder.
    package var path: String?
    package var key: String?
    package var state: JobState
    package var priority: Int
    package var pool: String?
    package var maxAttempts: Int
    package var dependencies: [Identifier]
    package var thread: Identifier?
    /// The message that its answer goes to.
    package var message: Identifier?
    package var spec: JSONObject
    package var createdAt: Timestamp

    /// A new job of `run`.
    package init(
        id: Identifier = .random(), run: Identifier, position: Int = 0, kind: String = "ask", module: String? = nil,
        path: String? = nil, key: String? = nil, state: JobState = .queued, priority: Int = 0, pool: String? = nil,
        maxAttempts: Int = 1, dependencies: [Identifier] = [], thread: Identifier? = nil, message: Identifier? = nil,
        spec: JSONObject = [:], createdAt: Timestamp
    ) {
        self.id = id
        self.run = run
        self.position = position
        self.kind = kind
        self.module = module
        self.path = path
        self.key = key
        self.state = state
        self.priority = priority
        self.pool = pool
        self.maxAttempts = maxAttempts
        self.dependencies = dependencies
        self.thread = thread
        self.message = message
        self.spec = spec
        self.createdAt = createdAt
    }
}

/// What is needed to write a new session (one attempt of a job); its row exists before the provider is started.
package struct SessionDraft: Sendable {
    package var id: Identifier
    package var job: Identifier
    package var attempt: Int
    /// The message that turn 0 of the answer goes to; nil takes the job's.
    package var message: Identifier?
    /// The provider's name in the configuration.
    package var provider: String
    package var model: String?
    package var workingDirectory: String
    /// The session's folder with its spool.
    package var folder: String
    package var owner: Identifier
    /// The epoch that its host obeys.
    package var epoch: Int64
    package var dialectVersion: Int
    /// What an adopter needs to rebuild the plan.
    package var definition: JSONObject
    package var createdAt: Timestamp

    /// A new session of `job`.
    package init(
        id: Identifier = .random(), job: Identifier, attempt: Int = 1, message: Identifier? = nil, provider: String,
        model: String? = nil, workingDirectory: String, folder: String, owner: Identifier, epoch: Int64 = 1,
        dialectVersion: Int = 1, definition: JSONObject = [:], createdAt: Timestamp
    ) {
        self.id = id
        self.job = job
        self.attempt = attempt
        self.message = message
        self.provider = provider
        self.model = model
        self.workingDirectory = workingDirectory
        self.folder = folder
        self.owner = owner
        self.epoch = epoch
        self.dialectVersion = dialectVersion
        self.definition = definition
        self.createdAt = createdAt
    }
}

/// What is needed to write a new thread (a conversation with a module).
package struct ThreadDraft: Sendable {
    package var id: Identifier
    package var module: String?
    package var project: String?
    package var title: String?
    package var createdAt: Timestamp

    /// A new thread.
    package init(
        id: Identifier = .random(), module: String? = nil, project: String? = nil, title: String? = nil,
        createdAt: Timestamp
    ) {
        self.id = id
        self.module = module
        self.project = project
        self.title = title
        self.createdAt = createdAt
    }
}

/// What is needed to write a new message.
package struct MessageDraft: Sendable {
    package var id: Identifier
    package var thread: Identifier
    package var job: Identifier?
    package var module: String?
    package var role: MessageRole
    package var status: MessageStatus
    /// Nil while it is still to be streamed.
    package var content: String?
    /// The provider's turn that it belongs to; 0 answers the question.
    package var turn: Int
    package var createdAt: Timestamp

    /// A new message of `thread`.
    package init(
        id: Identifier = .random(), thread: Identifier, job: Identifier? = nil, module: String? = nil,
        role: MessageRole, status: MessageStatus = .processing, content: String? = nil, turn: Int = 0,
        createdAt: Timestamp
    ) {
        self.id = id
        self.thread = thread
        self.job = job
        self.module = module
        self.role = role
        self.status = status
        self.content = content
        self.turn = turn
        self.createdAt = createdAt
    }
}

/// The host of a session, with all that is needed to know it again: a pid alone proves nothing.
package struct HostRecord: Sendable, Hashable, Codable {
    package var pid: Int32
    /// Field 22 of /proc/PID/stat.
    package var startTime: UInt64
    package var bootID: String
    package var pidNamespace: UInt64
    package var providerPID: Int32?

    /// A host of these marks.
    package init(pid: Int32, startTime: UInt64, bootID: String, pidNamespace: UInt64, providerPID: Int32? = nil) {
        self.pid = pid
        self.startTime = startTime
        self.bootID = bootID
        self.pidNamespace = pidNamespace
        self.providerPID = providerPID
    }
}
