import Model
import Settings

/// The small language of `--format`: `{{field}}` is replaced by the field's value, `\t` and `\n` by tab and newline.
///
/// A name that the record does not have is an error, never an empty place.
struct Template: Sendable {
    private enum Part: Sendable {
        case text(String)
        case field(String)
    }

    private var parts: [Part] = []
    private let source: String

    /// Reads a template; throws when a `{{` is not closed.
    init(_ source: String) throws(TuttiError) {
        self.source = source
        var rest = Template.unescape(source)[...]
        while let open = rest.range(of: "{{") {
            guard let close = rest[open.upperBound...].range(of: "}}") else {
                throw TuttiError(
                    .usage, "The template \"\(source)\" opens {{ and does not close it.",
                    hint: "write {{field}}; the fields: --json=?")
            }
            if open.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<open.lowerBound]))) }
            parts.append(.field(rest[open.upperBound..<close.lowerBound].filter { $0 != " " }))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
    }

    /// Refuses a template with a field that is not among `known`.
    func check(_ known: [String]) throws(TuttiError) {
        let names = parts.compactMap { part in if case .field(let name) = part { name } else { nil } }
        try FieldNames.check(names, among: known)
    }

    /// The template filled in from records of many kinds, whose fields differ: a missing one is an empty place.
    func fillLoosely(_ record: JSONObject, _ surface: Surface) -> String {
        parts.reduce(into: "") { result, part in
            switch part {
            case .text(let text): result += text
            case .field(let name): result += surface.safe(record.value(at: name)?.cell ?? "")
            }
        }
    }

    /// The template filled in from `record`; dots reach into objects.
    func fill(_ record: JSONObject, _ surface: Surface) throws(TuttiError) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .field(let name):
                guard let value = record.value(at: name) else {
                    try FieldNames.check([name], among: record.members.map(\.key))
                    // The name reaches into something that is empty in this record.
                    continue
                }
                result += surface.safe(value.cell)
            }
        }
        return result
    }

    private static func unescape(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
                switch character {
                case "t": result.append("\t")
                case "n": result.append("\n")
                case "\\": result.append("\\")
                default: result += "\\\(character)"
                }
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return isEscaped ? result + "\\" : result
    }
}

extension Substring {
    /// The first place where `text` stands.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension JSONObject {
    /// The value at a dotted path.
    func value(at path: String) -> JSONValue? {
        if let value = self[path] { return value }
        guard let dot = path.firstIndex(of: ".") else { return nil }
        return self[String(path[..<dot])]?.object?.value(at: String(path[path.index(after: dot)...]))
    }
}

extension JSONValue {
    /// The value for a cell of text: strings without quotes, null as nothing.
    var cell: String {
        switch self {
        case .null: ""
        case .string(let text): text
        default: text
        }
    }
}
