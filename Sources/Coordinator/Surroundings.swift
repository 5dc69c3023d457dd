package import Settings

/// What a coordinator takes from the process that it runs in.
package struct Surroundings: Sendable {
    /// What it is, for `doctor` and `ps`: `ask`, `serve`, `recover`, `kit`.
    package var kind: String
    /// The variables that providers may inherit from; each provider's allow-list is applied to them.
    package var environment: [String: String]
    /// The path of the tutti executable, for the providers that are a part of it and for `recover`.
    package var tutti: String
    /// The path of the tutti-host executable.
    package var host: String
    package var limits: LimitSettings
    /// Whether what a project's settings name may be run; throws a `TuttiError` (exit 77) when not.
    package var mayRun: @Sendable (Configuration) throws -> Void

    /// Surroundings of these parts.
    package init(
        kind: String, environment: [String: String], tutti: String, host: String, limits: LimitSettings,
        mayRun: @escaping @Sendable (Configuration) throws -> Void
    ) {
        self.kind = kind
        self.environment = environment
        self.tutti = tutti
        self.host = host
        self.limits = limits
        self.mayRun = mayRun
    }

    /// How deep the agent is in whose session the process runs; 0 for a person's.
    package var depth: Int { environment["TUTTI_DEPTH"].flatMap { Int($0) } ?? 0 }
}
