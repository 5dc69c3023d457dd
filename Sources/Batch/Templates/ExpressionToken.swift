import Model

/// One word of an expression, and where it begins.
struct ExpressionToken: Hashable {
    enum Kind: Hashable {
        case name(String)
        case literal(JSONValue)
        case symbol(String)
        case end
    }

    var kind: Kind
    var offset: Int

    /// How it is written, for a message.
    var text: String {
        switch kind {
        case .name(let name): "`\(name.prefix(80))`"
        case .literal(let value): "`\(value.text.prefix(80))`"
        case .symbol(let symbol): "`\(symbol)`"
        case .end: "the end"
        }
    }

    private static let symbols = [
        "==", "!=", "<=", ">=", "&&", "||", "<", ">", "(", ")", "[", "]", ",", ".", "|", "+", "-", "*", "/", "%", "!",
    ].map { Array($0.unicodeScalars) }

    /// The words of an expression.
    static func all(in scalars: [Unicode.Scalar]) throws(ExpressionError) -> [ExpressionToken] {
        var tokens: [ExpressionToken] = []
        var index = 0
        while index < scalars.count {
            let start = index
            let scalar = scalars[index]
            if scalar.properties.isWhitespace {
                index += 1
            } else if isNameStart(scalar) {
                let name = takeName(scalars, &index)
                let kind: Kind =
                    switch name {
                    case "true": .literal(true)
                    case "false": .literal(false)
                    case "null": .literal(.null)
                    default: .name(name)
                    }
                tokens.append(ExpressionToken(kind: kind, offset: start))
            } else if isDigit(scalar) {
                tokens.append(ExpressionToken(kind: .literal(try takeNumber(scalars, &index)), offset: start))
            } else if scalar == "\"" || scalar == "'" {
                tokens.append(ExpressionToken(kind: .literal(.string(try takeText(scalars, &index))), offset: start))
            } else if let symbol = symbols.first(where: { scalars[index...].starts(with: $0) }) {
                index += symbol.count
                tokens.append(
                    ExpressionToken(kind: .symbol(symbol.map(String.init).joined()), offset: start))
            } else {
                throw ExpressionError(
                    start, "`\(scalar)` has no meaning in an expression",
                    hint: scalar == "=" ? "compare with ==" : "put text in quotes")
            }
        }
        tokens.append(ExpressionToken(kind: .end, offset: scalars.count))
        return tokens
    }

    /// A name may hold a hyphen between letters, as names of jobs do; a minus has a space or a number beside it.
    private static func takeName(_ scalars: [Unicode.Scalar], _ index: inout Int) -> String {
        var name = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            let joins = scalar == "-" && index + 1 < scalars.count && isNamePart(scalars[index + 1])
            guard isNamePart(scalar) || joins else { break }
            name.append(scalar)
            index += 1
        }
        return String(name)
    }

    private static func takeNumber(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(ExpressionError) -> JSONValue
    {
        let start = index
        var text = ""
        while index < scalars.count, isDigit(scalars[index]) || isFraction(scalars, index) {
            text.unicodeScalars.append(scalars[index])
            index += 1
        }
        if index < scalars.count, isNamePart(scalars[index]) {
            throw ExpressionError(
                start, "`\(text)\(scalars[index])` is no number", hint: "write 12, 0.8, or text in quotes")
        }
        if let integer = Int64(text) { return .integer(integer) }
        if text.contains("."), let number = Double(text), number.isFinite { return .number(number) }
        throw ExpressionError(start, "the number `\(text.prefix(40))` is too large", hint: "write a smaller one")
    }

    /// True for the first dot of a number with a digit behind it.
    private static func isFraction(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        guard scalars[index] == ".", index + 1 < scalars.count, isDigit(scalars[index + 1]) else { return false }
        var before = index
        while before > 0, isDigit(scalars[before - 1]) { before -= 1 }
        return before == 0 || scalars[before - 1] != "."
    }

    private static func takeText(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(ExpressionError) -> String {
        let start = index
        let quote = scalars[index]
        var text = String.UnicodeScalarView()
        index += 1
        while index < scalars.count, scalars[index] != quote {
            if scalars[index] == "\\" {
                index += 1
                let escaped = index < scalars.count ? scalars[index] : quote
                switch escaped {
                case "n": text.append("\n")
                case "t": text.append("\t")
                case "\\", "\"", "'": text.append(escaped)
                default:
                    throw ExpressionError(
                        index - 1, "`\\\(escaped)` has no meaning", hint: "known are \\n, \\t, \\\\, \\\" and \\'")
                }
            } else {
                text.append(scalars[index])
            }
            index += 1
        }
        guard index < scalars.count else {
            throw ExpressionError(start, "a text begins here and does not end", hint: "close it with \(quote)")
        }
        index += 1
        return String(text)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool { isNameStart(scalar) || isDigit(scalar) }
}
