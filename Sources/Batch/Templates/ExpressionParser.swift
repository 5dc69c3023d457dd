import Model
import Settings

/// Puts the words of an expression together, by descending from what binds least.
struct ExpressionParser {
    let tokens: [ExpressionToken]
    private var next = 0
    private var depth = 0

    init(tokens: [ExpressionToken]) { self.tokens = tokens }

    private typealias Operator = Expression.Operator

    /// Reads a whole expression: an operation and the filters behind it.
    mutating func expression() throws(ExpressionError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Expression.maxDepth else {
            throw ExpressionError(
                current.offset, "nested deeper than \(Expression.maxDepth) levels", hint: "use fewer brackets")
        }
        var value = try operation(0)
        while take("|") {
            let token = current
            guard case .name(let word) = token.kind else {
                throw ExpressionError(
                    token.offset, "`|` needs a filter, not \(token.text)", hint: "known here: \(Self.filterWords)")
            }
            guard let filter = Expression.Filter(rawValue: word) else {
                let clause = Suggestion.clause(for: word, among: Expression.Filter.allCases.map(\.rawValue))
                throw ExpressionError(
                    token.offset, "there is no filter `\(word.prefix(80))`\(clause)",
                    hint: "known here: \(Self.filterWords)")
            }
            next += 1
            let arguments = take("(") ? try self.arguments() : []
            guard filter.arguments.contains(arguments.count) else {
                throw ExpressionError(
                    token.offset, "`\(word)` has \(arguments.count) arguments in its brackets",
                    hint: filter.arguments == 0...0 ? "write it without brackets" : "write it as \(word)(\", \")")
            }
            value = .filter(filter, value, arguments, at: token.offset)
        }
        return value
    }

    /// Throws when words are left.
    func finish() throws(ExpressionError) {
        guard current.kind == .end else {
            throw ExpressionError(
                current.offset, "\(current.text) was not expected here",
                hint: "an expression is one value: join two with an operator, or use two ${{ }}")
        }
    }

    private static let filterWords = Expression.Filter.allCases.map(\.rawValue).joined(separator: ", ")

    /// From what binds least to what binds most.
    private static let levels: [[String: Operator]] = [
        ["or": .or, "||": .or], ["and": .and, "&&": .and],
        ["==": .equal, "!=": .unequal, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual],
        ["+": .plus, "-": .minus], ["*": .times, "/": .dividedBy, "%": .modulo],
    ]

    private mutating func operation(_ level: Int) throws(ExpressionError) -> Expression {
        guard level < Self.levels.count else { return try prefixed() }
        if level == 2, isNot {
            let offset = current.offset
            next += 1
            depth += 1
            defer { depth -= 1 }
            guard depth <= Expression.maxDepth else {
                throw ExpressionError(offset, "nested deeper than \(Expression.maxDepth) levels", hint: "use one `not`")
            }
            return .not(try operation(level), at: offset)
        }
        var left = try operation(level + 1)
        // A chain of equal operators makes the value as deep as it is long.
        var length = 0
        while let found = Self.levels[level][word] {
            let offset = current.offset
            next += 1
            length += 1
            guard length <= 200 else {
                throw ExpressionError(offset, "more than 200 operators in a row", hint: "use fewer")
            }
            left = .operation(found, left, try operation(level + 1), at: offset)
            if level == 2, let second = Self.levels[2][word] {
                throw ExpressionError(
                    current.offset, "`\(second.rawValue)` follows a comparison", hint: "join two comparisons with `and`"
                )
            }
        }
        return left
    }

    private mutating func prefixed() throws(ExpressionError) -> Expression {
        guard current.kind == .symbol("-") else { return try postfixed() }
        let offset = current.offset
        next += 1
        return .negative(try postfixed(), at: offset)
    }

    private mutating func postfixed() throws(ExpressionError) -> Expression {
        var value = try primary()
        var length = 0
        while true {
            let offset = current.offset
            if take(".") {
                let token = current
                guard let name = memberName(token) else {
                    throw ExpressionError(
                        token.offset, "a name must follow the dot, not \(token.text)",
                        hint: "write it as jobs.NAME.output")
                }
                next += 1
                value = .member(value, name, at: token.offset)
            } else if take("[") {
                let inside = current.offset
                let index = try expression()
                try expect("]", after: "an index")
                if case .literal(.string(let name)) = index {
                    value = .member(value, name, at: inside)
                } else {
                    value = .element(value, index, at: offset)
                }
            } else {
                return value
            }
            length += 1
            guard length <= 100 else {
                throw ExpressionError(offset, "a path of more than 100 names", hint: "use a shorter one")
            }
        }
    }

    private func memberName(_ token: ExpressionToken) -> String? {
        switch token.kind {
        case .name(let name): name
        // A member may be called `true` or `null`, or be numbered.
        case .literal(.bool(let value)): value ? "true" : "false"
        case .literal(.null): "null"
        default: nil
        }
    }

    private mutating func primary() throws(ExpressionError) -> Expression {
        let token = current
        switch token.kind {
        case .literal(let value):
            next += 1
            return .literal(value)
        case .name(let name) where !["and", "or", "not"].contains(name):
            next += 1
            guard take("(") else { return .root(name, at: token.offset) }
            guard Expression.functions.contains(name) else {
                let clause = Suggestion.clause(for: name, among: Expression.functions)
                throw ExpressionError(
                    token.offset, "there is no function `\(name.prefix(80))`\(clause)",
                    hint: Expression.Filter(rawValue: name) == nil
                        ? "known here: file(\"PATH\")" : "`\(name)` is a filter: write it as VALUE | \(name)")
            }
            let arguments = try self.arguments()
            guard arguments.count == 1 else {
                throw ExpressionError(
                    token.offset, "`\(name)` has \(arguments.count) arguments", hint: "write it as \(name)(\"PATH\")")
            }
            return .call(name, arguments, at: token.offset)
        case .symbol("("):
            next += 1
            let inner = try expression()
            try expect(")", after: "a bracket")
            return inner
        case .end where token.offset == 0 || tokens.count == 1:
            throw ExpressionError(token.offset, "nothing stands in ${{ }}", hint: "write a value such as inputs.NAME")
        default:
            throw ExpressionError(
                token.offset, "a value was expected here, not \(token.text)",
                hint: "a value is a name such as inputs.NAME, a number, or text in quotes")
        }
    }

    /// What stands in brackets after the opening one, up to the closing one.
    private mutating func arguments() throws(ExpressionError) -> [Expression] {
        var arguments: [Expression] = []
        if take(")") { return arguments }
        repeat { arguments.append(try expression()) } while take(",")
        try expect(")", after: "arguments")
        return arguments
    }

    private var current: ExpressionToken { tokens[min(next, tokens.count - 1)] }

    private var isNot: Bool { current.kind == .name("not") || current.kind == .symbol("!") }

    private var word: String {
        switch current.kind {
        case .name(let name) where name == "and" || name == "or": name
        case .symbol(let symbol): symbol
        default: ""
        }
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        next += 1
        return true
    }

    private mutating func expect(_ symbol: String, after what: String) throws(ExpressionError) {
        guard take(symbol) else {
            throw ExpressionError(
                current.offset, "`\(symbol)` must close \(what), not \(current.text)", hint: "add the `\(symbol)`")
        }
    }
}
