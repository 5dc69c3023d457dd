import Model
import Settings

/// How deep agents may ask agents: an agent that runs `tutti ask` asks one level deeper.
///
/// It stops a mistake that would multiply without end. It is no fence against an agent that changes its environment.
enum AgentDepth {
    /// How deep the agent is whose environment this is; 0 for a person.
    static func of(_ environment: [String: String]) -> Int { environment["TUTTI_DEPTH"].flatMap { Int($0) } ?? 0 }

    /// Refuses a question from an agent that is as deep as the settings allow.
    static func check(_ configuration: Configuration, environment: [String: String]) throws(TuttiError) {
        let depth = AgentDepth.of(environment)
        let most = configuration.limits.depth
        guard depth >= most, depth > 0 else { return }
        throw TuttiError(
            .budget, "This was asked by an agent at depth \(depth), and agents may ask to a depth of \(most).",
            hint:
                "answer it here; or raise limits.depth in tutti.yaml, or TUTTI_MAX_DEPTH, where the first question is asked"
        )
    }
}
