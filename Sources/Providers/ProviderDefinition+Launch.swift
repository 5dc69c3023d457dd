package import Model

extension ProviderDefinition {
    /// Which inherited variables the provider's process gets.
    package var allowedEnvironment: AllowedEnvironment { .of(kind) }

    /// Builds the process that answers `request`.
    ///
    /// `environment` is the whole environment of the caller, of which only the allowed part is passed on; `tutti` is the
    /// path of the tutti executable. A prompt never stands in an argument, where every user of the machine could read it.
    /// Throws when the definition or the request cannot be started like this, with what to do about it.
    package func launch(
        _ request: LaunchRequest, environment: [String: String], tutti: String
    ) throws(TuttiError) -> Launch {
        let own = allowedEnvironment.environment(from: environment, own: env)
        let model = request.model ?? model
        let launch: Launch
        switch kind {
        case .claude: launch = try claude(request, model, own)
        case .codex: launch = try codex(request, model, own)
        case .jsonl, .plain:
            guard !command.isEmpty else {
                throw TuttiError(
                    .badConfiguration, "provider \(name): there is no command",
                    hint: "add `command: [PROGRAM, ARGUMENT…]` to it in tutti.yaml")
            }
            let argv = (command + args).map { $0 == "{model}" ? model ?? "" : $0 }
            launch = Launch(argv: argv, environment: own, stdin: Array(words(request).utf8), stdout: .pump)
        case .offline:
            let argv = (command.isEmpty ? [tutti, "offline"] : command) + args
            launch = Launch(argv: argv, environment: own, stdin: Array(request.prompt.utf8), stdout: .file)
        case .replay:
            guard let file = request.replayFile ?? recording?.file else {
                throw TuttiError(
                    .badConfiguration, "provider \(name): there is no recording to play",
                    hint: "name one with `recording: { file: PATH, provider: claude }`")
            }
            let speed = request.replaySpeed ?? recording?.speed ?? 1
            let argv =
                (command.isEmpty ? [tutti, "replay-session"] : command) + args + ["--speed", "\(speed)", "--", file]
            launch = Launch(argv: argv, environment: own, stdin: nil, stdout: .file)
        }
        try check(launch)
        return launch
    }

    private func claude(
        _ request: LaunchRequest, _ model: String?, _ environment: [String: String]
    ) throws(TuttiError) -> Launch {
        var argv = command.isEmpty ? ["claude"] : command
        argv += [
            "-p", "--input-format=stream-json", "--output-format=stream-json", "--verbose",
            "--include-partial-messages",
        ]
        // Whatever would ask is refused: nobody is there to answer, and nothing runs that was not allowed before.
        if !says(["--permission-mode", "--dangerously-skip-permissions"]) { argv.append("--permission-mode=dontAsk") }
        if let id = request.resume {
            argv.append("--resume=\(try uuid(id))")
        } else if let id = request.newSession {
            argv.append("--session-id=\(try uuid(id))")
        }
        if let model { argv.append("--model=\(model)") }
        if let schema = request.schema { argv.append("--json-schema=\(schema)") }
        argv += args
        // Composed by a client: neither `/command` nor `@path` in it means anything.
        let line: JSONObject = [
            "type": "user",
            "message": ["role": "user", "content": [["type": "text", "text": .string(request.prompt)]]],
            "client_composed": true,
        ]
        var stdin: [UInt8] = []
        if let system = request.system {
            // The flag for it would put it into an argument.
            let opening: JSONObject = [
                "type": "control_request", "request_id": "tutti-initialize",
                "request": ["subtype": "initialize", "hooks": .null, "appendSystemPrompt": .string(system)],
            ]
            opening.write(to: &stdin)
            stdin.append(UInt8(ascii: "\n"))
        }
        line.write(to: &stdin)
        stdin.append(UInt8(ascii: "\n"))
        return Launch(argv: argv, environment: environment, stdin: stdin, stdout: .file)
    }

    private func codex(
        _ request: LaunchRequest, _ model: String?, _ environment: [String: String]
    ) throws(TuttiError) -> Launch {
        var argv = (command.isEmpty ? ["codex"] : command) + ["exec", "--json"]
        if !says(["--skip-git-repo-check"]) { argv.append("--skip-git-repo-check") }
        if !says(["-s", "--sandbox", "--full-auto", "--dangerously-bypass-approvals-and-sandbox", "--yolo"]) {
            argv += ["-s", "read-only"]
        }
        if let model { argv.append("--model=\(model)") }
        argv += args
        // A resume by anything but a UUID would quietly begin a new thread.
        if let id = request.resume { argv += ["resume", try uuid(id)] }
        argv.append("-")
        return Launch(argv: argv, environment: environment, stdin: Array(words(request).utf8), stdout: .file)
    }

    /// The prompt with what the provider takes no other way.
    private func words(_ request: LaunchRequest) -> String {
        guard let system = request.system else { return request.prompt }
        return system + "\n\n" + request.prompt
    }

    /// True when a later process can go on with this session of the provider's own: it knows how, and was not told to keep none.
    package func canResume(_ session: String) -> Bool {
        switch kind {
        case .claude: ProviderDefinition.isUUID(session) && !says(["--no-session-persistence"])
        case .codex: ProviderDefinition.isUUID(session) && !says(["--ephemeral"])
        case .jsonl, .plain, .offline, .replay: false
        }
    }

    /// True when the definition's own arguments hold one of these options.
    private func says(_ options: [String]) -> Bool {
        (command.dropFirst() + args).contains { argument in
            options.contains { argument == $0 || argument.hasPrefix($0 + "=") }
        }
    }

    private static func isUUID(_ id: String) -> Bool {
        let groups = id.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    private func uuid(_ id: String) throws(TuttiError) -> String {
        guard ProviderDefinition.isUUID(id) else {
            throw TuttiError(
                .badInput, "provider \(name): \(EventSink.cut(id, to: 80)) is not the id of a session",
                hint: "ids of its sessions are UUIDs; see: tutti show ID")
        }
        return id
    }

    /// Makes sure that the system can start it at all.
    private func check(_ launch: Launch) throws(TuttiError) {
        // The kernel takes 128 KiB for one argument, with its closing NUL.
        if let long = launch.argv.first(where: { $0.utf8.count >= 128 << 10 }) {
            throw TuttiError(
                .badInput,
                "provider \(name): the argument \(EventSink.cut(long, to: 40))… is \(long.utf8.count) bytes long",
                hint:
                    "the system takes 131071 bytes; shorten the instructions or the schema, or put them into the question"
            )
        }
        let words = launch.argv + launch.environment.flatMap { [$0.key, $0.value] }
        if words.contains(where: { $0.utf8.contains(0) }) {
            throw TuttiError(
                .badInput, "provider \(name): an argument or a variable holds a NUL byte",
                hint: "remove it: no program can be given one")
        }
        if let name = launch.environment.keys.first(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
            throw TuttiError(
                .badConfiguration, "provider \(self.name): \(name) is no name for a variable", hint: "correct its `env`"
            )
        }
    }
}
