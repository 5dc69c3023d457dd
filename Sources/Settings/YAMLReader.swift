package import Model
import Yams

/// Reads YAML text into `ConfigNode`s, bounded in every direction.
///
/// The language is YAML 1.2 core with these limits: one document, no tags (so no `!include`), keys are plain words, and
/// aliases may stand for values only. Aliases are expanded here and not by the YAML library, because it compares keys
/// before anybody can count: `? *bomb` would take for ever. For that each `*` is hidden as one private character of the
/// same width before parsing; a plain scalar that begins with it afterwards can only have been an alias, and in any
/// other place it is turned back.
package struct YAMLReader {
    /// The largest text that is read, in bytes.
    package static let maxBytes = 512 << 10
    /// The most values that a text may mean after its aliases were expanded.
    package static let maxNodes = 50_000
    /// The deepest nesting.
    package static let maxDepth = 40

    private static let hiddenStar: Unicode.Scalar = "\u{F8FF}"

    private let file: String
    private var anchors: [String: ConfigNode] = [:]
    private var nodes = 0

    private init(file: String) { self.file = file }

    /// Reads `bytes` as the settings of `file`; nothing but comments is an empty mapping.
    package static func read(_ bytes: [UInt8], file: String) throws(TuttiError) -> ConfigNode {
        do { return try node(bytes, file: file) } catch { throw ConfigProblem.error([error]) }
    }

    /// Reads `bytes` like `read`, and throws the one problem that ends the reading as it is.
    package static func node(_ bytes: [UInt8], file: String) throws(ConfigProblem) -> ConfigNode {
        var reader = YAMLReader(file: file)
        return try reader.document(bytes)
    }

    private mutating func document(_ bytes: [UInt8]) throws(ConfigProblem) -> ConfigNode {
        let start = ConfigPosition(file: file, line: 1, column: 1)
        guard bytes.count <= YAMLReader.maxBytes else {
            throw ConfigProblem(
                start, "the file has \(bytes.count) bytes; settings may have \(YAMLReader.maxBytes)",
                hint: "is this the right file? keep data out of it")
        }
        let text = try YAMLReader.decode(bytes, file: file)
        let root: Node?
        // The parser owns the anchors that its nodes name, so it must outlive the conversion.
        let parser: Parser
        do {
            parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            root = try parser.singleRoot()
        } catch {
            throw YAMLReader.problem(error, file: file, text: text)
        }
        guard let root else { return ConfigNode(content: .mapping([]), position: start) }
        var converted = try convert(root, depth: 0, fallback: start)
        withExtendedLifetime(parser) {}
        if converted.isNull { converted.content = .mapping([]) }
        return converted
    }

    /// The text with its stars hidden, or the place of the first byte that is no UTF-8 or no printable character.
    private static func decode(_ bytes: [UInt8], file: String) throws(ConfigProblem) -> String {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var line = 1
        var column = 1
        var scalars = String.UnicodeScalarView()
        scalars.reserveCapacity(bytes.count)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while true {
            let place = ConfigPosition(file: file, line: line, column: column)
            switch decoder.decode(&iterator) {
            case .emptyInput: return String(scalars)
            case .error:
                throw ConfigProblem(place, "this is not UTF-8 text", hint: "save the file as UTF-8")
            case .scalarValue(let scalar):
                if scalar == hiddenStar || scalar.value == 0
                    || (scalar.value < 0x20 && !"\t\n\r".unicodeScalars.contains(scalar))
                {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    throw ConfigProblem(
                        place, "the character U+\(String(repeating: "0", count: 4 - code.count))\(code) is not allowed",
                        hint: "remove it")
                }
                scalars.append(scalar == "*" ? hiddenStar : scalar)
                if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
            }
        }
    }

    private mutating func convert(
        _ node: Node, depth: Int, fallback: ConfigPosition
    ) throws(ConfigProblem) -> ConfigNode {
        let position = place(node.mark) ?? fallback
        guard depth <= YAMLReader.maxDepth else {
            throw ConfigProblem(
                position, "nested deeper than \(YAMLReader.maxDepth) levels", hint: "settings need at most five levels")
        }
        let converted: ConfigNode
        switch node {
        case .scalar(let scalar):
            try refuse(scalar.tag, at: position)
            if scalar.style == .plain, scalar.string.unicodeScalars.first == YAMLReader.hiddenStar {
                return try expand(scalar.string, at: position)
            }
            try count(1, at: position)
            converted = ConfigNode(
                content: .scalar(restored(scalar.string), plain: scalar.style == .plain), position: position)
            remember(converted, as: scalar.anchor)
        case .sequence(let sequence):
            try refuse(sequence.tag, at: position)
            try count(1, at: position)
            var elements: [ConfigNode] = []
            for element in sequence {
                elements.append(try convert(element, depth: depth + 1, fallback: position))
            }
            converted = ConfigNode(content: .sequence(elements), position: position)
            remember(converted, as: sequence.anchor)
        case .mapping(let mapping):
            try refuse(mapping.tag, at: position)
            try count(1, at: position)
            converted = ConfigNode(
                content: .mapping(try members(mapping, depth: depth, fallback: position)), position: position)
            remember(converted, as: mapping.anchor)
        case .alias:
            throw ConfigProblem(position, "an alias that could not be read", hint: "write the value out")
        }
        return converted
    }

    private mutating func members(
        _ mapping: Node.Mapping, depth: Int, fallback: ConfigPosition
    ) throws(ConfigProblem) -> [ConfigMember] {
        var own: [ConfigMember] = []
        var merged: [ConfigMember] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let position = place(key.mark) ?? fallback
            guard case .scalar(let scalar) = key else {
                throw ConfigProblem(position, "a key must be a word", hint: "write it as `word: value`")
            }
            try refuse(scalar.tag, at: position)
            if scalar.string.unicodeScalars.first == YAMLReader.hiddenStar, scalar.style == .plain {
                throw ConfigProblem(position, "an alias cannot be a key", hint: "write the key out")
            }
            try count(1, at: position)
            let name = restored(scalar.string)
            if let first = lines.updateValue(position.line, forKey: name) {
                throw ConfigProblem(
                    position, "`\(name.prefix(80))` stands here a second time, first in line \(first)",
                    hint: "keep one of the two")
            }
            let converted = try convert(value, depth: depth + 1, fallback: position)
            if name == "<<", scalar.style == .plain {
                merged += try merge(converted)
            } else {
                own.append(ConfigMember(key: name, position: position, value: converted))
            }
        }
        // What the mapping says itself wins over what it merges, and an earlier merge wins over a later one.
        var known = Set(own.map(\.key))
        for member in merged where known.insert(member.key).inserted { own.append(member) }
        return own
    }

    private func merge(_ node: ConfigNode) throws(ConfigProblem) -> [ConfigMember] {
        switch node.content {
        case .mapping(let members): return members
        case .sequence(let elements):
            var all: [ConfigMember] = []
            for element in elements { all += try merge(element) }
            return all
        default:
            throw ConfigProblem(
                node.position, "`<<` needs a mapping, not \(node.kind)", hint: "write it as `<<: *name`")
        }
    }

    private mutating func expand(_ text: String, at position: ConfigPosition) throws(ConfigProblem) -> ConfigNode {
        let name = String(text.unicodeScalars.dropFirst())
        guard let node = anchors[name] else {
            throw ConfigProblem(
                position, "no anchor `&\(restored(String(name.prefix(80))))` stands before this alias",
                hint: "an alias `*name` repeats a value marked `&name` above it; put text that begins with * in quotes")
        }
        try count(YAMLReader.size(of: node), at: position)
        return node
    }

    private mutating func remember(_ node: ConfigNode, as anchor: Anchor?) {
        if let anchor { anchors[anchor.rawValue] = node }
    }

    private mutating func count(_ more: Int, at position: ConfigPosition) throws(ConfigProblem) {
        nodes += more
        guard nodes <= YAMLReader.maxNodes else {
            throw ConfigProblem(
                position, "the file means more than \(YAMLReader.maxNodes) values here",
                hint: "use fewer aliases, or split the file")
        }
    }

    private static func size(of node: ConfigNode) -> Int {
        switch node.content {
        case .scalar: 1
        case .sequence(let elements): elements.reduce(1) { $0 + size(of: $1) }
        case .mapping(let members): members.reduce(1) { $0 + 1 + size(of: $1.value) }
        }
    }

    private func refuse(_ tag: Tag, at position: ConfigPosition) throws(ConfigProblem) {
        // The library itself gives quoted scalars and keys the tag of strings, and text is what every scalar is here.
        let written = tag.rawValue
        guard !written.isEmpty, written != "tag:yaml.org,2002:str" else { return }
        throw ConfigProblem(
            position, "tags such as `\(written.prefix(80))` are not allowed",
            hint: "remove the tag: values are read as their key needs, and nothing is included")
    }

    private func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(YAMLReader.hiddenStar) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == YAMLReader.hiddenStar ? "*" : scalar) }
        return String(scalars)
    }

    private func place(_ mark: Mark?) -> ConfigPosition? {
        mark.map { ConfigPosition(file: file, line: $0.line, column: $0.column) }
    }
}
