package import Model
package import Settings
import StreamJSON

/// One input of a batch, as the file declares it.
package struct InputDeclaration: Sendable {
    /// The name, as in `inputs.NAME`.
    package var name: String
    /// What its value must be.
    package var type: InputType
    /// True when a run that does not give it is refused.
    package var isRequired: Bool
    /// Its value where nobody gives one; nil is none.
    package var fallback: JSONValue?
    /// Nil accepts every value of the type.
    package var allowed: [JSONValue]?
    /// Where its key stands.
    package var position: ConfigPosition
}

extension InputType {
    /// What is needed, for a sentence: `needs …`.
    var words: String {
        switch self {
        case .text, .string: "a text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .list: "a list of texts"
        case .json: "a JSON value"
        }
    }

    /// The value of a text that was given from outside, nil when it is none of this type.
    func value(of text: String) -> JSONValue? {
        switch self {
        case .text, .string: return text.utf8.contains(0) ? nil : .string(text)
        case .integer: return Int64(text).map { .integer($0) }
        case .number:
            guard text.allSatisfy({ "0123456789.eE+-".contains($0) }), let number = Double(text), number.isFinite else {
                return nil
            }
            return Int64(text).map { .integer($0) } ?? .number(number)
        case .boolean: return text == "true" ? true : text == "false" ? false : nil
        case .list: return .array(text.isEmpty ? [] : text.split(separator: ",").map { .string(String($0)) })
        case .json: return try? JSONValue(parsing: text)
        }
    }

    /// The value of a node of the file, read by this type from its plain text; nil when it is none.
    func value(of node: ConfigNode) -> JSONValue? {
        switch (self, node.content) {
        case (.json, _): return node.json
        case (.list, .sequence(let elements)):
            var texts: [JSONValue] = []
            for element in elements {
                guard case .scalar(let text, _) = element.content, !element.isNull else { return nil }
                texts.append(.string(text))
            }
            return .array(texts)
        case (.list, _): return nil
        case (_, .scalar(let text, _)) where !node.isNull: return value(of: text)
        default: return nil
        }
    }
}

extension ConfigNode {
    /// The value as JSON, scalars as `BatchScalar.any` reads them.
    var json: JSONValue {
        switch content {
        case .scalar(let text, let plain): BatchScalar.any(text, plain: plain)
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let members): .object(JSONObject(members.map { (key: $0.key, value: $0.value.json) }))
        }
    }

    /// The value under `key` of a mapping.
    subscript(key: String) -> ConfigNode? {
        if case .mapping(let members) = content { members.first { $0.key == key }?.value } else { nil }
    }

    var members: [ConfigMember] { if case .mapping(let members) = content { members } else { [] } }

    var elements: [ConfigNode] { if case .sequence(let elements) = content { elements } else { [] } }
}

extension BatchReader {
    /// The inputs that the file declares; `node` is the mapping under `inputs`.
    mutating func inputs(_ node: ConfigNode?) -> [InputDeclaration] {
        var inputs: [InputDeclaration] = []
        for member in node?.members ?? [] where BatchScalar.isName(member.key) {
            let type = member.value["type"].flatMap { if case .scalar(let text, _) = $0.content { text } else { nil } }
            var input = InputDeclaration(
                name: member.key, type: type.flatMap(InputType.init) ?? .text,
                isRequired: member.value["required"].map { $0.json == true } ?? false, position: member.position)
            if let enumeration = member.value["enum"] {
                input.allowed = enumeration.elements.compactMap { value(of: $0, for: input, "enum") }
            }
            if let fallback = member.value["default"] {
                input.fallback = value(of: fallback, for: input, "default")
                if input.isRequired {
                    complain(
                        fallback.position, "`inputs.\(member.key)` is required and has a default",
                        hint: "remove one of the two")
                }
            }
            inputs.append(input)
        }
        return inputs
    }

    /// Checks a value that the file itself gives to an input.
    mutating func value(of node: ConfigNode, for input: InputDeclaration, _ what: String) -> JSONValue? {
        guard let value = input.type.value(of: node) else {
            complain(
                node.position, "`\(what)` of the input `\(input.name)` needs \(input.type.words), not \(node.shown)",
                hint: "write a value of that type, or change `type`")
            return nil
        }
        if let problem = input.problem(of: value) {
            complain(node.position, "`\(what)` of the input `\(input.name)` \(problem.message)", hint: problem.hint)
            return nil
        }
        return value
    }
}

extension ConfigNode {
    /// How it is written, or what it is, for a message.
    var shown: String {
        if case .scalar(let text, _) = content, !isNull { "\"\(text.prefix(80))\"" } else { kind }
    }
}

extension InputDeclaration {
    /// Why `value` is none of those that are allowed.
    func problem(of value: JSONValue) -> SettingMisread? {
        guard let allowed, !allowed.contains(where: { Comparison.areEqual($0, value) }) else { return nil }
        let words = allowed.map { $0.string ?? $0.text }
        let word = value.string ?? value.text
        return SettingMisread(
            "does not allow \"\(word.prefix(80))\"\(Suggestion.clause(for: word, among: words))",
            hint: "one of: \(words.joined(separator: ", "))")
    }
}
