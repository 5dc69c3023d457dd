/// Which inherited variables a provider's process gets: everything else, above all the keys of others, stays behind.
package struct AllowedEnvironment: Sendable, Hashable {
    /// Variables by their whole name.
    package var names: Set<String>
    /// Variables by how their names begin.
    package var prefixes: [String]
    /// Variables that are never passed on, whoever asks for them.
    package var refused: Set<String>

    /// What every process gets.
    package static let common = AllowedEnvironment(
        names: ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TERM", "TMPDIR", "TZ"],
        prefixes: ["LC_", "XDG_"], refused: [])

    /// How programs that speak HTTP reach the network.
    private static let network: Set<String> = [
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    /// What a provider of this kind gets.
    package static func of(_ kind: ProviderKind) -> AllowedEnvironment {
        var allowed = common
        switch kind {
        case .claude:
            allowed.names.formUnion(network)
            allowed.names.formUnion([
                "CLAUDE_CONFIG_DIR", "API_TIMEOUT_MS", "BASH_DEFAULT_TIMEOUT_MS", "BASH_MAX_TIMEOUT_MS",
                "MAX_THINKING_TOKENS", "MCP_TIMEOUT", "NODE_EXTRA_CA_CERTS", "DISABLE_AUTOUPDATER",
                "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "DISABLE_BUG_COMMAND", "DISABLE_COST_WARNINGS",
            ])
            allowed.prefixes += ["ANTHROPIC_", "CLAUDE_CODE_"]
            // A claude that finds these believes that it runs inside another one.
            allowed.refused = [
                "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_ID",
            ]
        case .codex:
            allowed.names.formUnion(network)
            allowed.names.formUnion(["OPENAI_API_KEY", "OPENAI_BASE_URL"])
            allowed.prefixes += ["CODEX_"]
            // Codex sets these for its own tools; in a child of one they would be wrong.
            allowed.refused = ["CLAUDECODE", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED"]
        case .jsonl, .plain, .offline, .replay: allowed.refused = ["CLAUDECODE"]
        }
        return allowed
    }

    /// True when `name` may be passed on.
    package func allows(_ name: String) -> Bool {
        !refused.contains(name) && (names.contains(name) || prefixes.contains { name.hasPrefix($0) })
    }

    /// The allowed part of `environment`, and `own` over it.
    package func environment(from environment: [String: String], own: [String: String]) -> [String: String] {
        var result = environment.filter { allows($0.key) }
        for (name, value) in own where !refused.contains(name) { result[name] = value }
        return result
    }
}
