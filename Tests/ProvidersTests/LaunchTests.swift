import Model
import Providers
import StreamJSON
import Testing

@Suite struct LaunchTests {
    private let canary = "CANARY-b7d1 -x /clear @secret\n\u{2028}\"quoted\""
    private let session = "11111111-1111-4111-8111-111111111111"

    private func request(_ change: (inout LaunchRequest) -> Void = { _ in }) -> LaunchRequest {
        var request = LaunchRequest(prompt: canary, workingDirectory: "/tmp", module: "payments")
        change(&request)
        return request
    }

    private func definition(_ kind: ProviderKind) -> ProviderDefinition {
        var definition = ProviderDefinition.builtIn(kind)
        if kind == .plain || kind == .jsonl { definition.command = ["./agent.sh", "--fast"] }
        if kind == .replay { definition.recording = Recording(dialect: .claude, file: "/tmp/a.jsonl", speed: 2) }
        return definition
    }

    private func launch(_ definition: ProviderDefinition, _ request: LaunchRequest) throws -> Launch {
        try definition.launch(request, environment: ["PATH": "/bin"], tutti: "/opt/tutti")
    }

    @Test(arguments: ProviderKind.allCases)
    func `a prompt and its instructions never stand in an argument or a variable (T61)`(_ kind: ProviderKind) throws {
        let launch = try launch(definition(kind), request { $0.system = "SYSTEM-" + canary })
        #expect(!(launch.argv + launch.environment.values).contains { $0.contains("CANARY") })
        if kind != .replay {
            let stdin = String(decoding: try #require(launch.stdin), as: UTF8.self)
            #expect(stdin.contains("CANARY-b7d1"))
        }
    }

    @Test func `claude reads whole lines that nothing in the prompt can leave`() throws {
        let launch = try launch(definition(.claude), request { $0.system = "Be brief." })
        let lines = try #require(launch.stdin).split(separator: 0x0A)
        #expect(launch.stdin?.last == 0x0A)
        try #require(lines.count == 2)
        let opening = try JSONValue(parsing: Array(lines[0]))
        #expect(opening["request"]?["appendSystemPrompt"]?.string == "Be brief.")
        let message = try JSONValue(parsing: Array(lines[1]))
        #expect(message["type"]?.string == "user")
        #expect(message["client_composed"]?.bool == true)
        #expect(message["message"]?["content"]?.array?.first?["text"]?.string == canary)
    }

    @Test func `claude is asked for deltas and may do nothing that was not allowed`() throws {
        let launch = try launch(
            definition(.claude),
            request {
                $0.newSession = session
                $0.model = "opus"
                $0.schema = "{}"
            })
        #expect(
            launch.argv == [
                "claude", "-p", "--input-format=stream-json", "--output-format=stream-json", "--verbose",
                "--include-partial-messages", "--permission-mode=dontAsk", "--session-id=\(session)", "--model=opus",
                "--json-schema={}",
            ])
        #expect(launch.stdout == .file)
        let resumed = try self.launch(
            definition(.claude),
            request {
                $0.newSession = session
                $0.resume = session
            })
        #expect(resumed.argv.contains("--resume=\(session)"))
        #expect(!resumed.argv.contains { $0.hasPrefix("--session-id") })
    }

    @Test func `a definition's own arguments come last and may choose the permissions`() throws {
        var derived = definition(.claude)
        derived.command = ["/opt/claude", "--bare"]
        derived.args = ["--permission-mode", "plan"]
        let launch = try launch(derived, request())
        #expect(launch.argv.prefix(3) == ["/opt/claude", "--bare", "-p"])
        #expect(launch.argv.suffix(2) == ["--permission-mode", "plan"])
        #expect(!launch.argv.contains("--permission-mode=dontAsk"))
    }

    @Test func `codex runs read-only and takes its prompt from standard input`() throws {
        let launch = try launch(definition(.codex), request { $0.model = "gpt-5.5" })
        #expect(
            launch.argv == [
                "codex", "exec", "--json", "--skip-git-repo-check", "-s", "read-only", "--model=gpt-5.5", "-",
            ])
        #expect(launch.stdin == Array(canary.utf8))
        let resumed = try self.launch(definition(.codex), request { $0.resume = session })
        #expect(resumed.argv.suffix(3) == ["resume", session, "-"])
    }

    @Test func `what is no session's id is refused`() {
        for id in ["", "--help", "last", "no-such-thread", "11111111-1111-4111-8111-11111111111", "../x"] {
            for kind in [ProviderKind.claude, .codex] {
                #expect(throws: TuttiError.self) { try launch(definition(kind), request { $0.resume = id }) }
            }
        }
    }

    @Test func `commands of one's own get a pump, and Tutti's own providers a file`() throws {
        let lines = try launch(definition(.jsonl), request())
        #expect(lines.argv == ["./agent.sh", "--fast"])
        #expect(lines.stdout == .pump)
        let offline = try launch(definition(.offline), request())
        #expect(offline.argv == ["/opt/tutti", "offline"])
        #expect(offline.stdout == .file)
        let replay = try launch(definition(.replay), request { $0.replaySpeed = 10 })
        #expect(replay.argv == ["/opt/tutti", "replay-session", "--speed", "10.0", "--", "/tmp/a.jsonl"])
        #expect(replay.stdin == nil)
    }

    @Test func `a definition that cannot be started says what to do`() throws {
        for kind in [ProviderKind.jsonl, .plain, .replay] {
            let error = try #require(throws: TuttiError.self) { try launch(.builtIn(kind), request()) }
            #expect(error.code == .badConfiguration)
            #expect(!error.hint.isEmpty)
        }
        let long = String(repeating: "x", count: 131_072)
        #expect(throws: TuttiError.self) { try launch(definition(.claude), request { $0.schema = long }) }
        #expect(throws: Never.self) { try launch(definition(.claude), request { $0.system = long }) }
        #expect(throws: TuttiError.self) { try launch(definition(.claude), request { $0.model = "a\u{0}b" }) }
        var named = definition(.plain)
        named.env = ["A=B": "c"]
        #expect(throws: TuttiError.self) { try launch(named, request()) }
    }

    @Test(arguments: ProviderKind.allCases)
    func `only allowed variables are inherited (T62)`(_ kind: ProviderKind) throws {
        let canaries = [
            "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "TUTTI_TOKEN", "SSH_AUTH_SOCK", "GEMINI_API_KEY", "LD_PRELOAD",
            "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DATABASE_URL", "LCX",
            "PATHX",
        ]
        let common = [
            "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ", "XDG_DATA_HOME",
        ]
        var environment: [String: String] = [:]
        for name in canaries { environment[name] = "canary" }
        for name in common { environment[name] = "fine" }
        var definition = definition(kind)
        definition.env = ["OWN": "mine", "HOME": "/elsewhere", "CLAUDECODE": "1"]
        let launch = try definition.launch(request(), environment: environment, tutti: "/opt/tutti")
        let passed = Set(launch.environment.filter { $0.value == "canary" }.keys)
        switch kind {
        case .claude: #expect(passed == ["ANTHROPIC_API_KEY"])
        case .codex: #expect(passed == ["OPENAI_API_KEY"])
        default: #expect(passed.isEmpty)
        }
        for name in common where name != "HOME" { #expect(launch.environment[name] == "fine", "\(name)") }
        #expect(launch.environment["OWN"] == "mine")
        #expect(launch.environment["HOME"] == "/elsewhere")
        #expect(launch.environment["CLAUDECODE"] == nil)
    }
}
