import Model

/// Turns the nodes of a settings file into a layer, and collects what is wrong on the way.
struct ConfigDecoder {
    var layer: ConfigLayer
    var problems: [ConfigProblem] = []

    /// The keys of the top level that are no single values.
    static let sections = ["version", "timeout", "retry", "budget", "limits", "pools", "modules", "providers"]
    static let moduleKeys = ["path", "tags", "provider", "model", "env", "timeout", "replay", "day"]
    static let providerKeys = ["extends", "command", "args", "env", "model", "fields", "recording"]
    static let recordingKeys = ["provider", "file", "speed"]

    private(set) var home: String

    init(layer: ConfigLayer, home: String) {
        self.layer = layer
        self.home = home
    }

    mutating func decode(_ root: ConfigNode) {
        let words = ConfigDecoder.sections + SettingKey.all.map(\.name).filter { !$0.contains(".") }
        var sawVersion = false
        for member in members(of: root, in: "the file") {
            switch member.key {
            case "version":
                sawVersion = true
                version(member)
            case "timeout", "retry", "budget", "limits": section(member)
            case "modules" where layer.owner == .project: modules(member.value)
            case "modules":
                complain(
                    member.position,
                    "`modules` belongs in a project's tutti.yaml, not in the \(layer.owner.rawValue)'s file",
                    hint: "move it to the tutti.yaml of the project")
            case "providers": providers(member.value)
            case "pools": pools(member.value)
            // Keys with x- are free: a place for anchors.
            case let key where key.hasPrefix("x-"): continue
            case let key where words.contains(key): single(key, member)
            default: unknown(member, in: "", among: words)
            }
        }
        if !sawVersion, case .mapping(let members) = root.content, let first = members.first {
            complain(first.position, "`version: 1` is missing", hint: "write `version: 1` as the first line")
        }
    }

    private mutating func version(_ member: ConfigMember) {
        guard case .scalar(let text, plain: true) = member.value.content, text == "1" else {
            complain(
                member.value.position, "`version` must be 1",
                hint: "this Tutti reads version 1; a newer file needs a newer Tutti")
            return
        }
    }

    /// Reads the keys of `timeout`, `retry`, `budget` and `limits`.
    private mutating func section(_ section: ConfigMember) {
        let prefix = section.key + "."
        let words = SettingKey.all.map(\.name).filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
        for member in members(of: section.value, in: "`\(section.key)`") {
            if words.contains(member.key) {
                single(prefix + member.key, member)
            } else {
                unknown(member, in: section.key, among: words)
            }
        }
    }

    private mutating func single(_ name: String, _ member: ConfigMember) {
        guard let value = read(name, member) else { return }
        layer.values[name] = (value, member.value.position)
    }

    /// The value of a setting, read by what its key needs.
    mutating func read(_ name: String, _ member: ConfigMember) -> SettingValue? {
        guard let key = SettingKey.named(name) else { return nil }
        let node = member.value
        do throws(SettingMisread) {
            switch node.content {
            case .scalar where node.isNull:
                throw SettingMisread(
                    "needs \(key.kind.words), but nothing is written", hint: "write a value or remove the line")
            case .scalar(let text, plain: _):
                let value = try key.read(text)
                if key.kind == .path, case .text(let path) = value {
                    return .text(Paths.absolute(path, from: layer.root, home: home))
                }
                return value
            case .sequence(let elements):
                guard case .choices = key.kind else { throw SettingMisread("needs \(key.kind.words), not a list") }
                var words: [String] = []
                for element in elements {
                    guard let word = text(element, of: "`\(name)`") else { return nil }
                    do throws(SettingMisread) {
                        _ = try key.read([word])
                    } catch {
                        complain(element.position, "`\(name)`: \(error.message)", hint: error.hint)
                        return nil
                    }
                    words.append(word)
                }
                return try key.read(words)
            case .mapping: throw SettingMisread("needs \(key.kind.words), not a mapping")
            }
        } catch {
            complain(node.position, "`\(name)` \(error.message)", hint: error.hint)
            return nil
        }
    }

    // What every part of the decoder asks for.

    /// The members of a mapping; nothing at all counts as an empty one.
    mutating func members(of node: ConfigNode, in place: String) -> [ConfigMember] {
        if case .mapping(let members) = node.content { return members }
        if !node.isNull {
            complain(
                node.position, "\(place) needs a mapping, not \(node.kind)", hint: "write it as lines of `key: value`")
        }
        return []
    }

    /// The text of a scalar that is not nothing.
    mutating func text(_ node: ConfigNode, of place: String) -> String? {
        if case .scalar(let text, plain: _) = node.content, !node.isNull, !text.utf8.contains(0) { return text }
        complain(
            node.position, "\(place) needs a text, not \(node.kind)", hint: "put it in quotes if it is meant as text")
        return nil
    }

    /// The texts of a list; a single text counts as a list of one where `single` says so.
    mutating func texts(_ node: ConfigNode, of place: String, single: Bool = false) -> [String]? {
        switch node.content {
        case .sequence(let elements):
            let texts = elements.compactMap { text($0, of: "each element of \(place)") }
            return texts.count == elements.count ? texts : nil
        case .scalar(let word, plain: _) where single && !node.isNull: return [word]
        default:
            complain(node.position, "\(place) needs a list, not \(node.kind)", hint: "write it as [one, two]")
            return nil
        }
    }

    mutating func unknown(_ member: ConfigMember, in section: String, among words: [String]) {
        if isFull { return }
        let place = section.isEmpty ? "" : " in `\(section)`"
        complain(
            member.position,
            "unknown key `\(member.key.prefix(80))`\(place)\(Suggestion.clause(for: member.key, among: words))",
            hint: "known here: \(words.joined(separator: ", "))")
    }

    /// Nobody reads more than some problems at once, and a suggestion for each of ten thousand would take long.
    private var isFull: Bool { problems.count >= 50 }

    mutating func complain(_ position: ConfigPosition, _ message: String, hint: String) {
        if isFull { return }
        problems.append(ConfigProblem(position, message, hint: hint))
    }
}
