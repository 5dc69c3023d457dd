import Model
import Settings

/// Turns the nodes of a batch file into checked values, and collects what is wrong on the way.
struct BatchReader {
    let source: SourceText
    var layer = BatchLayer.file
    var problems = ProblemList()

    init(source: SourceText) { self.source = source }

    /// Reads `node` as a value of `shape`; `path` says for messages where it belongs.
    mutating func read(_ node: ConfigNode, as shape: BatchShape, _ path: String) -> BatchValue? {
        switch shape {
        case .scalar(let scalar, let template): return self.scalar(node, as: scalar, template: template, path)
        case .list(let element, let orSingle): return list(node, of: element, orSingle: orSingle, path)
        case .section(let section): return self.section(node, as: section, path)
        case .table(let shape, let name): return table(node, of: shape, named: name, path)
        case .any: return any(node, path)
        case .forms(let scalar, let list, let mapping):
            let form =
                switch node.content {
                case .scalar: scalar
                case .sequence: list
                case .mapping: mapping
                }
            if let form, !node.isNull { return read(node, as: form, path) }
            complain(
                node.position, "`\(path)` needs \(shape.words), not \(node.kind)", hint: "see Documentation/Batch.md")
            return nil
        }
    }

    mutating func complain(_ position: ConfigPosition, _ message: String, hint: String) {
        problems.add(ConfigProblem(position, message, hint: hint))
    }

    /// The members of a mapping, or a complaint; nothing at all counts as an empty one.
    mutating func members(of node: ConfigNode, _ path: String) -> [ConfigMember]? {
        if case .mapping(let members) = node.content { return members }
        if node.isNull { return [] }
        complain(
            node.position, "`\(path)` needs a mapping, not \(node.kind)", hint: "write it as lines of `key: value`")
        return nil
    }

    private mutating func section(_ node: ConfigNode, as section: BatchSection, _ path: String) -> BatchValue? {
        guard let members = members(of: node, path) else { return nil }
        var entries: [BatchEntry] = []
        for member in members {
            let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
            let outer = layer
            if path.isEmpty, member.key == "defaults" { layer = .defaults }
            defer { layer = outer }
            if member.key == "prompt", members.contains(where: { $0.key == "template" && $0.value.json == false }),
                case .scalar(let text, _) = member.value.content, !member.value.isNull
            {
                let value = BatchValue(content: .value(.string(text)), position: member.value.position, layer: layer)
                entries.append(BatchEntry(key: member.key, position: member.position, value: value))
            } else if let key = section.key(member.key) {
                guard let value = read(member.value, as: key.shape, inner) else { continue }
                entries.append(BatchEntry(key: member.key, position: member.position, value: value))
            } else if let free = section.free {
                guard isName(member, of: "axis", path), let value = read(member.value, as: free, inner) else {
                    continue
                }
                entries.append(BatchEntry(key: member.key, position: member.position, value: value))
            } else if path.isEmpty, member.key.hasPrefix("x-") {
                // Keys with x- are free: a place for anchors.
                continue
            } else {
                unknown(member, path, among: section.keys.map(\.name))
            }
        }
        for key in section.keys where key.isRequired && !members.contains(where: { $0.key == key.name }) {
            complain(
                node.position, path.isEmpty ? "`\(key.name)` is missing" : "`\(path)` has no `\(key.name)`",
                hint: key.name == "version"
                    ? "write `version: 1` as the first line" : "add `\(key.name)`: \(key.summary)")
        }
        return BatchValue(content: .table(entries), position: node.position, layer: layer)
    }

    private mutating func table(
        _ node: ConfigNode, of shape: BatchShape, named name: String, _ path: String
    ) -> BatchValue? {
        guard let members = members(of: node, path) else { return nil }
        var entries: [BatchEntry] = []
        for member in members {
            guard isName(member, of: name, path) else { continue }
            let outer = layer
            if name == "profile" { layer = .profile(member.key) }
            if name == "job" { layer = .job(member.key) }
            defer { layer = outer }
            guard let value = read(member.value, as: shape, "\(path).\(member.key)") else { continue }
            entries.append(BatchEntry(key: member.key, position: member.position, value: value))
        }
        return BatchValue(content: .table(entries), position: node.position, layer: layer)
    }

    private mutating func list(
        _ node: ConfigNode, of shape: BatchShape, orSingle: Bool, _ path: String
    ) -> BatchValue? {
        let nodes: [ConfigNode]
        switch node.content {
        case .sequence(let elements): nodes = elements
        case .scalar where orSingle && !node.isNull: nodes = [node]
        default:
            let isCommand = if case .scalar(.words, _) = shape { !node.isNull } else { false }
            complain(
                node.position, "`\(path)` needs a list, not \(node.kind)",
                hint: isCommand ? "write each word of it by itself: [swift, test]" : "write it as [one, two]")
            return nil
        }
        var elements: [BatchValue] = []
        for (index, element) in nodes.enumerated() {
            if let value = read(element, as: shape, nodes.count == 1 ? path : "\(path)[\(index)]") {
                elements.append(value)
            }
        }
        return elements.count == nodes.count
            ? BatchValue(content: .list(elements), position: node.position, layer: layer) : nil
    }

    /// Names are what templates can name; variables of the environment have rules of their own.
    private mutating func isName(_ member: ConfigMember, of what: String, _ path: String) -> Bool {
        if what == "variable" {
            let isVariable =
                member.key.first?.isNumber == false
                && member.key.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
                }
            if !isVariable {
                complain(
                    member.position, "\"\(member.key.prefix(80))\" cannot name a variable",
                    hint: "letters, digits and `_`, not beginning with a digit")
                return false
            }
            if member.key.hasPrefix("TUTTI_") {
                complain(
                    member.position, "`\(member.key.prefix(80))` is set by Tutti itself", hint: "choose another name")
                return false
            }
            return true
        }
        if what == "axis", ["key", "address"].contains(member.key) {
            complain(
                member.position, "`\(member.key)` cannot name an axis: matrix.\(member.key) is the row's own",
                hint: "choose another name")
            return false
        }
        if BatchScalar.isName(member.key) { return true }
        complain(
            member.position,
            "\"\(member.key.prefix(80))\" cannot name \(what == "input" || what == "axis" || what == "output" ? "an" : "a") \(what)",
            hint: "1 to 64 letters, digits, `_` and `-`, beginning with a letter")
        return false
    }

    mutating func unknown(_ member: ConfigMember, _ path: String, among words: [String]) {
        if problems.isFull { return }
        let place = path.isEmpty ? "" : " in `\(path)`"
        complain(
            member.position,
            "unknown key `\(member.key.prefix(80))`\(place)\(Suggestion.clause(for: member.key, among: words))",
            hint: "known here: \(words.joined(separator: ", "))")
    }
}

/// The problems of a file, each once, and no more of them than anybody reads.
struct ProblemList {
    private(set) var all: [ConfigProblem] = []
    private var known: Set<ConfigProblem> = []

    /// Nobody reads more at once, and a suggestion for each of ten thousand would take long.
    var isFull: Bool { all.count >= 50 }

    mutating func add(_ problem: ConfigProblem) {
        if !isFull, known.insert(problem).inserted { all.append(problem) }
    }
}
