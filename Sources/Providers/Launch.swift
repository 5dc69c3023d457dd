import Model

/// What one session is started for.
package struct LaunchRequest: Sendable, Hashable {
    package var prompt: String
    /// Instructions beside the question.
    package var system: String?
    /// Goes before the definition's own model.
    package var model: String?
    /// A fresh UUID that the provider's session shall have, where it takes one.
    package var newSession: String?
    /// The provider's id of the session to go on with.
    package var resume: String?
    /// A JSON Schema that the answer must fit; only for providers with `structuredOutput`, others are not told of it here.
    package var schema: String?
    package var workingDirectory: String
    package var module: String
    /// The recording to play, over the definition's; `replay` only.
    package var replayFile: String?
    package var replaySpeed: Double?

    /// A request for one session.
    package init(
        prompt: String, system: String? = nil, model: String? = nil, newSession: String? = nil, resume: String? = nil,
        schema: String? = nil, workingDirectory: String, module: String, replayFile: String? = nil,
        replaySpeed: Double? = nil
    ) {
        self.prompt = prompt
        self.system = system
        self.model = model
        self.newSession = newSession
        self.resume = resume
        self.schema = schema
        self.workingDirectory = workingDirectory
        self.module = module
        self.replayFile = replayFile
        self.replaySpeed = replaySpeed
    }
}

/// Everything needed to start a provider's process.
package struct Launch: Sendable, Hashable {
    /// Where the provider's standard output goes.
    package enum StdoutMode: String, Sendable, Hashable {
        /// Straight into the spool.
        case file
        /// Through a pipe that the host reads: for commands that may open `/dev/stdout` and truncate it.
        case pump
    }

    /// The arguments; the first is the executable, a path or a name to be found on `PATH`.
    package var argv: [String]
    /// The whole environment: the allowed part of what was inherited, then the definition's own.
    package var environment: [String: String]
    /// What the provider reads, with its end after it; nil for `/dev/null`.
    package var stdin: [UInt8]?
    package var stdout: StdoutMode

    /// A launch of these parts.
    package init(argv: [String], environment: [String: String], stdin: [UInt8]?, stdout: StdoutMode) {
        self.argv = argv
        self.environment = environment
        self.stdin = stdin
        self.stdout = stdout
    }
}
