/// What in a project's file may not be acted on before somebody trusted it.
package struct TrustNeeds: Sendable, Hashable {
    /// One reason, with its place: `runs /x/agent.sh`, `sets ANTHROPIC_BASE_URL for claude`.
    package struct Reason: Sendable, Hashable {
        package var text: String
        package var position: ConfigPosition
    }

    /// Empty when the file can do no harm: it names folders in its own project, built-in providers, limits.
    package var reasons: [Reason]
    /// Files inside the project that would be run: they are trusted together with the settings, byte for byte.
    package var files: [String]

    /// Everything in the project's file that could run a command, change the environment, choose a provider's address,
    /// reach out of the project or spend more than the user allowed.
    package init(_ configuration: Configuration) {
        reasons = []
        files = []
        guard let layer = configuration.layers.first(where: { $0.owner == .project }) else { return }
        let root = layer.root
        var border = ProjectBorder(root)
        for provider in layer.providers { examine(provider, &border) }
        for module in layer.modules {
            for name in module.environment.keys.sorted() {
                add("sets \(name) for module \(module.name)", module.position)
            }
            for path in [module.path] + module.recordings where border.isCrossed(by: path) {
                add("reads \(path), outside the project, for module \(module.name)", module.position)
            }
        }
        if case (.text(let store), let position)? = layer.values["store"], border.isCrossed(by: store) {
            add("keeps everything in \(store), outside the project", position)
        }
        for (key, verb, unit) in [
            ("usd", "spend", "dollars"), ("day", "spend", "dollars a day"), ("tokens", "use", "tokens"),
            ("sessions", "use", "sessions"), ("time", "use", "of session time"),
        ] {
            let name = "budget.\(key)"
            guard case (let asked, let position)? = layer.values[name],
                let own = configuration.layers.first(where: { $0.owner != .project && $0.values[name] != nil }),
                let allowed = own.values[name]?.value, TrustNeeds.isMore(asked, than: allowed)
            else { continue }
            add("may \(verb) \(asked.description) \(unit), more than your own \(allowed.description)", position)
        }
    }

    private mutating func examine(_ provider: ProviderSetting, _ border: inout ProjectBorder) {
        if let command = provider.command {
            add("runs \(command.joined(separator: " ")) as provider \(provider.name)", provider.position)
        }
        if let args = provider.args {
            add("gives provider \(provider.name) the arguments \(args.joined(separator: " "))", provider.position)
        }
        for name in provider.environment.keys.sorted() {
            add("sets \(name) for provider \(provider.name)", provider.position)
        }
        if let file = provider.recording?.file, border.isCrossed(by: file) {
            add("reads \(file), outside the project, as provider \(provider.name)", provider.position)
        }
        // The executable, and any argument that names a file of the project: `[python3, agent.py]`.
        for word in (provider.command ?? []) + (provider.args ?? []) {
            let path = Paths.absolute(word, from: border.root, home: "/")
            guard Paths.isInside(path, border.root), FileText.isFile(path), !files.contains(path) else { continue }
            files.append(path)
        }
    }

    private mutating func add(_ text: String, _ position: ConfigPosition) {
        reasons.append(Reason(text: text, position: position))
    }

    private static func isMore(_ asked: SettingValue, than allowed: SettingValue) -> Bool {
        switch (asked, allowed) {
        case (.money(let asked), .money(let allowed)): asked > allowed
        case (.integer(let asked), .integer(let allowed)): asked > allowed
        case (.duration(let asked), .duration(let allowed)): asked > allowed
        case (.none, .money), (.none, .integer), (.none, .duration): true
        default: false
        }
    }
}
