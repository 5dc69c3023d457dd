import Model

/// Reads the two tables of a settings file: modules and providers.
extension ConfigDecoder {
    mutating func modules(_ node: ConfigNode) {
        for member in members(of: node, in: "`modules`") {
            guard isName(member, of: "a module") else { continue }
            if let module = module(member) { layer.modules.append(module) }
        }
    }

    private static let namesHint =
        "1 to 64 letters and digits of any script, `.`, `_` and `-`, beginning with a letter or digit"

    /// Whether the key of `member` can be a name; says so when it cannot.
    mutating func isName(_ member: ConfigMember, of what: String) -> Bool {
        if ModuleSetting.isValid(name: member.key) { return true }
        complain(
            member.position, "\"\(member.key.prefix(80))\" cannot name \(what)",
            hint: ConfigDecoder.namesHint)
        return false
    }

    private mutating func module(_ entry: ConfigMember) -> ModuleSetting? {
        let place = "modules.\(entry.key)"
        var module = ModuleSetting(
            name: entry.key, path: "", tags: [], environment: [:], timeouts: [:], recordings: [],
            position: entry.position)
        for member in members(of: entry.value, in: "`\(place)`") {
            let name = "`\(place).\(member.key)`"
            switch member.key {
            case "path":
                if let path = text(member.value, of: name) {
                    module.path = Paths.absolute(path, from: layer.root, home: home)
                }
            case "tags":
                for tag in texts(member.value, of: name, single: true) ?? [] {
                    if ModuleSetting.isValid(name: tag) {
                        module.tags.append(tag)
                    } else {
                        complain(
                            member.value.position, "\"\(tag.prefix(80))\" cannot be a tag",
                            hint: ConfigDecoder.namesHint)
                    }
                }
            case "provider": module.provider = text(member.value, of: name)
            case "model": module.model = text(member.value, of: name)
            case "env": module.environment = environment(member.value, of: place)
            case "timeout":
                for timeout in members(of: member.value, in: name) {
                    if SettingKey.named("timeout.\(timeout.key)") != nil {
                        module.timeouts[timeout.key] = read("timeout.\(timeout.key)", timeout)
                    } else {
                        let words = SettingKey.all.map(\.name).filter { $0.hasPrefix("timeout.") }.map {
                            String($0.dropFirst(8))
                        }
                        unknown(timeout, in: "\(place).timeout", among: words)
                    }
                }
            case "replay":
                module.recordings = (texts(member.value, of: name, single: true) ?? []).map {
                    Paths.absolute($0, from: layer.root, home: home)
                }
            case "day":
                if case .money(let most)? = read(.money, "\(place).day", member.value) { module.day = most }
            default: unknown(member, in: place, among: ConfigDecoder.moduleKeys)
            }
        }
        if module.path.isEmpty {
            // What is wrong with it was said above.
            if case .mapping(let members) = entry.value.content, members.contains(where: { $0.key == "path" }) {
                return nil
            }
            if case .mapping = entry.value.content {} else if !entry.value.isNull { return nil }
            complain(
                entry.position, "module `\(entry.key)` has no `path`", hint: "write \(entry.key): { path: FOLDER }")
            return nil
        }
        return module
    }

    mutating func providers(_ node: ConfigNode) {
        for member in members(of: node, in: "`providers`") {
            guard isName(member, of: "a provider") else { continue }
            provider(member)
        }
    }

    private mutating func provider(_ entry: ConfigMember) {
        let place = "providers.\(entry.key)"
        var provider = ProviderSetting(
            name: entry.key, environment: [:], fields: [:], position: entry.position)
        for member in members(of: entry.value, in: "`\(place)`") {
            let name = "`\(place).\(member.key)`"
            switch member.key {
            case "extends": provider.extends = text(member.value, of: name)
            case "command":
                guard let command = texts(member.value, of: name, single: true) else { continue }
                guard let executable = command.first, !executable.isEmpty else {
                    complain(member.value.position, "\(name) names no executable", hint: "write it as [name, argument]")
                    continue
                }
                // A bare name is looked up on PATH; anything with a slash is a file, counted from the settings file.
                let resolved =
                    executable.contains("/") || executable == "~"
                    ? Paths.absolute(executable, from: layer.root, home: home) : executable
                provider.command = [resolved] + command.dropFirst()
            case "args": provider.args = texts(member.value, of: name)
            case "env": provider.environment = environment(member.value, of: place)
            case "model": provider.model = text(member.value, of: name)
            case "fields": fields(member.value, prefix: "", of: "\(place).fields", into: &provider.fields)
            case "recording": provider.recording = recording(member.value, of: "\(place).recording")
            default: unknown(member, in: place, among: ConfigDecoder.providerKeys)
            }
        }
        layer.providers.append(provider)
    }

    /// Reads `usage.input: PATH` and `usage: { input: PATH }` alike.
    private mutating func fields(
        _ node: ConfigNode, prefix: String, of place: String, into fields: inout [String: String]
    ) {
        let words = ProviderCatalog.fieldNames
        for member in members(of: node, in: "`\(place)`") {
            let word = prefix + member.key
            if words.contains(word), case .scalar = member.value.content {
                guard let path = text(member.value, of: "`\(place).\(member.key)`") else { continue }
                if word == ProviderCatalog.cumulative, path != "true", path != "false" {
                    complain(
                        member.value.position,
                        "`\(place).\(member.key)` needs true or false, not \"\(path.prefix(80))\"",
                        hint: "true when each usage line states the sum so far")
                }
                fields[word] = path
            } else if prefix.isEmpty, words.contains(where: { $0.hasPrefix(word + ".") }) {
                self.fields(member.value, prefix: word + ".", of: "\(place).\(member.key)", into: &fields)
            } else {
                unknown(
                    member, in: place,
                    among: words.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
            }
        }
    }

    private mutating func recording(_ node: ConfigNode, of place: String) -> RecordingSetting {
        var recording = RecordingSetting()
        for member in members(of: node, in: "`\(place)`") {
            let name = "`\(place).\(member.key)`"
            guard ConfigDecoder.recordingKeys.contains(member.key) else {
                unknown(member, in: place, among: ConfigDecoder.recordingKeys)
                continue
            }
            guard let word = text(member.value, of: name) else { continue }
            let kind: SettingKind =
                switch member.key {
                case "provider": .choice(ProviderCatalog.builtInNames.filter { $0 != "replay" })
                case "speed": .number(0...1_000_000)
                default: .path
                }
            do throws(SettingMisread) {
                switch (member.key, try kind.read(word)) {
                case ("provider", .text(let dialect)): recording.dialect = dialect
                case ("speed", .number(let speed)): recording.speed = speed
                case (_, .text(let file)): recording.file = Paths.absolute(file, from: layer.root, home: home)
                default: break
                }
            } catch {
                complain(member.value.position, "\(name) \(error.message)", hint: error.hint)
            }
        }
        return recording
    }

    private mutating func environment(_ node: ConfigNode, of place: String) -> [String: String] {
        var variables: [String: String] = [:]
        for member in members(of: node, in: "`\(place).env`") {
            let bytes = Array(member.key.utf8)
            let isName =
                !bytes.isEmpty && !(0x30...0x39).contains(bytes[0])
                && bytes.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
                }
            guard isName else {
                complain(
                    member.position, "\"\(member.key.prefix(80))\" cannot name a variable",
                    hint: "letters, digits and `_`, not beginning with a digit")
                continue
            }
            guard !member.key.hasPrefix("TUTTI_") else {
                complain(
                    member.position, "`\(member.key)` is set by Tutti itself", hint: "choose another name")
                continue
            }
            variables[member.key] = text(member.value, of: "`\(place).env.\(member.key)`")
        }
        return variables
    }
}
