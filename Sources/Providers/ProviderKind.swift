/// Which built-in provider a definition derives from: how it is started and what its output means.
package enum ProviderKind: String, Sendable, CaseIterable, Codable {
    /// Claude Code: `claude -p`, stream-json both ways.
    case claude
    /// Codex: `codex exec --json`.
    case codex
    /// Any command that prints JSON lines; the definition says which fields hold what.
    case jsonl
    /// Any command that prints its answer as text.
    case plain
    /// Tutti's own search over a module's files; no model.
    case offline
    /// A recorded session, played again.
    case replay
}

/// What a provider can do beyond answering.
package struct Capabilities: Sendable, Hashable {
    /// Text comes while it is written, not only whole.
    package var deltas: Bool
    /// A running session takes further messages.
    package var steering: Bool
    /// It can ask a person for permission and wait.
    package var approvals: Bool
    /// A later session can go on where an earlier one ended.
    package var resume: Bool
    /// It takes a JSON Schema itself and says when the answer fits. For others the asker puts the schema into the prompt and
    /// checks the answer's text.
    package var structuredOutput: Bool
    /// It states what it cost.
    package var statesCost: Bool

    /// Capabilities of a provider that has none but those named.
    package init(
        deltas: Bool = false, steering: Bool = false, approvals: Bool = false, resume: Bool = false,
        structuredOutput: Bool = false, statesCost: Bool = false
    ) {
        self.deltas = deltas
        self.steering = steering
        self.approvals = approvals
        self.resume = resume
        self.structuredOutput = structuredOutput
        self.statesCost = statesCost
    }
}

/// One rung of the ladder by which a provider is ended.
package struct LadderStep: Sendable, Hashable {
    /// What is done.
    package enum Action: Sendable, Hashable {
        /// Close its standard input, where that is open.
        case closeStdin
        /// Send this signal to the provider's process.
        case signal(Int32)
        /// End the whole tree at once.
        case killTree
    }

    package var action: Action
    /// How long the provider has before the next rung.
    package var wait: Duration

    /// A rung.
    package init(_ action: Action, wait: Duration) {
        self.action = action
        self.wait = wait
    }
}

extension [LadderStep] {
    /// The same rungs with their waits shortened in proportion, so that all of them together are no longer than `grace`.
    package func within(_ grace: Duration?) -> [LadderStep] {
        let whole = reduce(Duration.zero) { $0 + $1.wait }
        guard let grace, whole > grace else { return self }
        let part = Swift.max(0, grace / whole)
        return map { LadderStep($0.action, wait: $0.wait * part) }
    }
}
