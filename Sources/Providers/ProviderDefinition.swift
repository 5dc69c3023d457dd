package import Model

/// How one provider is started and read: a built-in one, or one that the configuration derives from it.
package struct ProviderDefinition: Sendable, Hashable {
    /// The name by which people ask for it.
    package var name: String
    package var kind: ProviderKind
    /// The executable and its leading arguments. Empty for `offline` and `replay`: those are hidden subcommands of `tutti`.
    package var command: [String]
    /// Further arguments, after those that Tutti gives itself.
    package var args: [String]
    /// Variables for the provider's process, over what it inherits.
    package var env: [String: String]
    package var model: String?
    /// Which fields hold what; `jsonl` only.
    package var fields: FieldPaths
    /// What is played again and how; `replay` only.
    package var recording: Recording?

    /// A definition of these parts.
    package init(
        name: String, kind: ProviderKind, command: [String], args: [String] = [], env: [String: String] = [:],
        model: String? = nil, fields: FieldPaths = FieldPaths(), recording: Recording? = nil
    ) {
        self.name = name
        self.kind = kind
        self.command = command
        self.args = args
        self.env = env
        self.model = model
        self.fields = fields
        self.recording = recording
    }

    /// The definition that the configuration derives from.
    package static func builtIn(_ kind: ProviderKind) -> ProviderDefinition {
        let command: [String] =
            switch kind {
            case .claude: ["claude"]
            case .codex: ["codex"]
            case .jsonl, .plain, .offline, .replay: []
            }
        return ProviderDefinition(name: kind.rawValue, kind: kind, command: command)
    }

    /// What the provider can do.
    package var capabilities: Capabilities {
        switch kind {
        case .claude:
            Capabilities(
                deltas: true, steering: true, approvals: true, resume: true, structuredOutput: true, statesCost: true)
        case .codex: Capabilities(resume: true)
        case .jsonl: Capabilities(deltas: fields.delta != nil, statesCost: fields.cost != nil)
        case .plain: Capabilities(deltas: true)
        case .offline: Capabilities(deltas: true)
        case .replay: Capabilities(deltas: recording?.dialect != .codex)
        }
    }

    /// How the provider is ended, first rung first; the last one always ends the whole tree.
    package var ladder: [LadderStep] {
        switch kind {
        case .claude:
            // On SIGTERM claude ends its running tool first, which can take 1.6 s; SIGKILL would leave the tool.
            [LadderStep(.closeStdin, wait: .zero), LadderStep(.signal(15), wait: .seconds(5)), .tree]
        case .codex:
            // On SIGTERM codex dies and leaves its tools; on SIGINT it ends them.
            [LadderStep(.signal(2), wait: .seconds(5)), LadderStep(.signal(15), wait: .seconds(2)), .tree]
        case .jsonl, .plain, .offline, .replay:
            [LadderStep(.signal(15), wait: .seconds(5)), .tree]
        }
    }

    /// True for what is a part of Tutti and asks nobody: what it does not state costs nothing.
    package var isPartOfTutti: Bool { command.isEmpty && (kind == .offline || kind == .replay) }

    /// A fresh reader of the provider's output.
    ///
    /// `stated` is the last sum that the provider stated for the session that is gone on with; codex counts on from there.
    /// Without `keepsAnswer` the outcome may have no text: whoever wants it has it from the events.
    package func makeStream(counted: Usage? = nil, keepsAnswer: Bool = true) -> ProviderStream {
        ProviderStream(self, counted: counted, keepsAnswer: keepsAnswer)
    }
}

extension LadderStep {
    fileprivate static let tree = LadderStep(.killTree, wait: .zero)
}

/// A recording that a `replay` provider plays: whose output it is, where it lies, and how fast it goes.
package struct Recording: Sendable, Hashable {
    /// Which dialect reads it; never `replay`.
    package var dialect: ProviderKind
    /// Which fields hold what, for a recording of `jsonl`.
    package var fields: FieldPaths
    /// The spool or transcript. A request can name another one.
    package var file: String?
    /// 1 is the recorded pace, 10 ten times as fast, 0 as fast as it goes.
    package var speed: Double

    /// A recording.
    package init(dialect: ProviderKind, fields: FieldPaths = FieldPaths(), file: String? = nil, speed: Double = 1) {
        self.dialect = dialect == .replay ? .claude : dialect
        self.fields = fields
        self.file = file
        self.speed = speed
    }
}
