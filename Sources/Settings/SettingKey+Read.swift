import Model

extension SettingKey {
    /// Reads `text` as this setting's value, or says what it should have been.
    package func read(_ text: String) throws(SettingMisread) -> SettingValue { try kind.read(text) }

    /// Reads a list as this setting's value, or says what it should have been.
    package func read(_ words: [String]) throws(SettingMisread) -> SettingValue { try kind.read(words) }
}

/// Why a text is not what a setting needs.
package struct SettingMisread: Error, Sendable, Hashable {
    package var message: String
    package var hint: String

    /// A reason with its way out.
    package init(_ message: String, hint: String = "see: tutti schema") {
        self.message = message
        self.hint = hint
    }
}

extension SettingKind {
    /// What is needed, for a sentence: `needs …`.
    package var words: String {
        switch self {
        case .text: "a text"
        case .path: "a path"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(optional: false): "a time such as 500ms, 10s or 1h30m"
        case .duration(optional: true): "a time such as 500ms, 10s or 1h30m, or none"
        case .size: "a size such as 512MiB or 2GB"
        case .count: "a number such as 200, 20k or 1.5M, or none"
        case .money: "an amount of dollars such as 2.00, or none"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .choices: "a list of words"
        }
    }

    /// Reads `text` as a value of this kind, or says what it should have been.
    package func read(_ text: String) throws(SettingMisread) -> SettingValue {
        let value: SettingValue? =
            switch self {
            case .text, .path: text.isEmpty || text.utf8.contains(0) ? nil : .text(text)
            case .integer(let range):
                integer(text).flatMap { range.contains($0) ? .integer($0) : nil }
            case .number(let range):
                number(text).flatMap { range.contains($0) ? .number($0) : nil }
            case .duration(let optional):
                optional && text == "none" ? SettingValue.none : Quantity.duration(text).map { .duration($0) }
            case .size: Quantity.size(text).map { .bytes($0) }
            case .count: text == "none" ? SettingValue.none : Quantity.count(text).map { .integer(Int($0)) }
            case .money: text == "none" ? SettingValue.none : Quantity.money(text).map { .money($0) }
            case .choice(let words): words.contains(text) ? .text(text) : nil
            case .choices: try read(text.split(separator: ",").map(String.init))
            }
        if let value { return value }
        var message = "needs \(words), not \"\(text.prefix(80))\""
        if case .choice(let allowed) = self { message += Suggestion.clause(for: text, among: allowed) }
        throw SettingMisread(message)
    }

    /// Reads a list as a value of this kind, or says what it should have been.
    package func read(_ words: [String]) throws(SettingMisread) -> SettingValue {
        guard case .choices(let allowed) = self else { throw SettingMisread("needs \(self.words), not a list") }
        for word in words where !allowed.contains(word) {
            throw SettingMisread(
                "does not know \"\(word.prefix(80))\"\(Suggestion.clause(for: word, among: allowed))",
                hint: "one or more of: \(allowed.joined(separator: ", "))")
        }
        return .list(words)
    }

    /// Decimal digits with a sign, and nothing else: no `0x`, no `1_000`, no `12:30`.
    private func integer(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(text)
    }

    private func number(_ text: String) -> Double? {
        let allowed = "0123456789.eE+-"
        guard !text.isEmpty, text.allSatisfy(allowed.contains) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
