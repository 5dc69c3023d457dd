package import Model
package import Settings

extension BatchScalar {
    /// What is needed, for a sentence: `needs …`.
    package var words: String {
        switch self {
        case .setting(let kind): kind.words
        case .boolean: "true or false"
        case .count: "a number such as 200, 20k or 1.5M, or none"
        case .words: "a text"
        case .name: "a name"
        case .condition: "a condition such as ${{ jobs.NAME.succeeded > 0 }}"
        case .insidePath, .savePath: "a path in the batch's folder"
        case .cron: "five fields such as \"0 3 * * MON-FRI\""
        case .timeZone: "a time zone such as Europe/Zurich or UTC"
        case .cachePart: "a part of the cache key"
        }
    }

    /// The words that a cache key may be made of, beside `files:PATTERN`.
    package static let cacheWords = [
        "prompt", "provider", "model", "profile", "module", "run", "schema", "inputs", "matrix", "tools",
    ]

    /// Reads a scalar's text as it is written; `plain` is false when it stood in quotes.
    package func read(_ text: String, plain: Bool) throws(SettingMisread) -> JSONValue {
        switch self {
        case .setting(let kind):
            switch try kind.read(text) {
            case .integer(let value): return .integer(Int64(value))
            case .number(let value): return .number(value)
            case .list(let words): return .array(words.map { .string($0) })
            // Quantities stay as they are written, so that people find their own words again.
            default: return .string(text)
            }
        case .boolean:
            guard ["true", "false"].contains(text) else {
                let isOld = ["yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
                throw SettingMisread(
                    "needs true or false, not \"\(text.prefix(80))\"",
                    hint: isOld ? "in YAML 1.2 only true and false are such values" : "write true or false")
            }
            return .bool(text == "true")
        case .count:
            guard text == "none" || Quantity.count(text) != nil else { throw misread(text) }
            return .string(text)
        case .words:
            guard !text.utf8.contains(0) else { throw SettingMisread("holds a NUL byte", hint: "remove it") }
            return .string(text)
        case .name:
            guard Self.isName(text) else {
                throw SettingMisread(
                    "needs a name, not \"\(text.prefix(80))\"",
                    hint: "1 to 64 letters, digits, `_` and `-`, beginning with a letter")
            }
            return .string(text)
        case .condition:
            throw SettingMisread(
                "needs a condition in ${{ }}, not \"\(text.prefix(80))\"",
                hint: "write it as ${{ jobs.NAME.succeeded > 0 }}")
        case .insidePath, .savePath:
            if let problem = SavePath.problem(of: text) { throw problem }
            if self == .savePath, let problem = SavePath.reserved(text) { throw problem }
            return .string(text)
        case .cron:
            if let problem = CronFields.problem(of: text) { throw problem }
            return .string(text)
        case .timeZone:
            let isZone =
                text.utf8.count <= 64 && text.first?.isLetter == true && !text.contains("..")
                && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) }
            guard isZone else { throw misread(text) }
            return .string(text)
        case .cachePart:
            if text.hasPrefix("files:"), text.utf8.count > 6 { return .string(text) }
            guard Self.cacheWords.contains(text) else {
                throw SettingMisread(
                    "does not know \"\(text.prefix(80))\"\(Suggestion.clause(for: text, among: Self.cacheWords + ["files:PATTERN"]))",
                    hint: "known here: \(Self.cacheWords.joined(separator: ", ")), files:PATTERN")
            }
            return .string(text)
        }
    }

    private func misread(_ text: String) -> SettingMisread {
        SettingMisread("needs \(words), not \"\(text.prefix(80))\"")
    }

    /// True when `text` may name a job, an input, an axis: paths of templates must be able to name it.
    package static func isName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
        guard let first = bytes.first, bytes.count <= 64, isLetter(first), bytes.last != 0x2D else { return false }
        for (index, byte) in bytes.enumerated() {
            let isPart = isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            guard isPart || (byte == 0x2D && bytes[index - 1] != 0x2D) else { return false }
        }
        return true
    }

    /// The JSON value of a scalar where any value may stand, by YAML 1.2's core schema, with one rule more: a number is one
    /// only when it is written as JSON would write it. So `1.10`, `007` and `1e3` stay the texts that they are.
    package static func any(_ text: String, plain: Bool) -> JSONValue {
        guard plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            if let integer = Int64(text), String(integer) == text { return .integer(integer) }
            if let number = Double(text), number.isFinite, JSONValue.number(number).text == text {
                return .number(number)
            }
            return .string(text)
        }
    }
}
