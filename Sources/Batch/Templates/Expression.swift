package import Model

/// What stands between `${{` and `}}`: a value made of names, literals, comparisons, arithmetic and filters.
///
/// The language is total: it has no loops, no definitions and no effects, so that every expression ends.
package indirect enum Expression: Sendable, Hashable {
    /// An operator between two values.
    package enum Operator: String, Sendable, CaseIterable {
        case or, and
        case equal = "=="
        case unequal = "!="
        case lessOrEqual = "<="
        case less = "<"
        case greaterOrEqual = ">="
        case greater = ">"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case dividedBy = "/"
        case modulo = "%"
    }

    case literal(JSONValue)
    /// The first word of a path: `inputs`, `matrix`, `jobs`.
    case root(String, at: Int)
    case member(Expression, String, at: Int)
    case element(Expression, Expression, at: Int)
    case call(String, [Expression], at: Int)
    case not(Expression, at: Int)
    case negative(Expression, at: Int)
    case operation(Operator, Expression, Expression, at: Int)
    case filter(Filter, Expression, [Expression], at: Int)

    /// What a value is changed by after a `|`.
    package enum Filter: String, Sendable, CaseIterable {
        case json, join, sections, length, lines, trim, first, last
        case otherwise = "default"

        /// How many values may stand in its brackets.
        var arguments: ClosedRange<Int> {
            switch self {
            case .join: 0...1
            case .otherwise: 1...1
            default: 0...0
            }
        }

        /// What it does, as one sentence.
        package var summary: String {
            switch self {
            case .json: "The value as JSON on one line."
            case .join: "The elements of a list as one text with the argument between them; a new line without one."
            case .sections: "A list of results as Markdown: a heading with each one's key, and its text below."
            case .length: "How many elements a list, members an object or characters a text has."
            case .lines: "The lines of a text as a list, without empty ones."
            case .trim: "A text without white space around it."
            case .first: "The first element of a list."
            case .last: "The last element of a list."
            case .otherwise: "The argument where the value is missing or null."
            }
        }
    }

    /// The names of the functions: `file("README.md")` is the text of a file in the batch's folder.
    package static let functions = ["file"]

    /// The longest expression, in characters.
    package static let maxLength = 4096
    /// The deepest nesting.
    package static let maxDepth = 40
}

/// What is wrong in an expression, and where: characters counted from its first one.
package struct ExpressionError: Error, Sendable, Hashable {
    /// Whether `default` may stand in for it.
    package enum Kind: Sendable {
        case missing, wrong
    }

    /// Where it is wrong: characters counted from the first one of the expression.
    package var offset: Int
    /// What is wrong.
    package var message: String
    /// What to do about it.
    package var hint: String
    /// Whether `default` may stand in for what is wrong.
    package var kind: Kind

    init(_ offset: Int, _ message: String, hint: String, kind: Kind = .wrong) {
        self.offset = offset
        self.message = message
        self.hint = hint
        self.kind = kind
    }
}

extension Expression {
    /// Reads an expression from its text.
    package init(_ text: String) throws(ExpressionError) {
        try self.init(Array(text.unicodeScalars))
    }

    init(_ scalars: [Unicode.Scalar]) throws(ExpressionError) {
        guard scalars.count <= Expression.maxLength else {
            throw ExpressionError(
                0, "an expression of \(scalars.count) characters; \(Expression.maxLength) are allowed",
                hint: "put the text outside of ${{ }}")
        }
        var parser = ExpressionParser(tokens: try ExpressionToken.all(in: scalars))
        self = try parser.expression()
        try parser.finish()
    }

    /// Every path of names in it, outermost first: `jobs.ask.total` is [jobs, ask, total]; an index that is computed ends
    /// the path.
    package func visitPaths(_ visit: ([(name: String, offset: Int)]) -> Void) {
        switch self {
        case .literal: break
        case .root, .member, .element:
            visit(path)
            visitIndices(visit)
        case .call(_, let arguments, _): for argument in arguments { argument.visitPaths(visit) }
        case .not(let inner, _), .negative(let inner, _): inner.visitPaths(visit)
        case .operation(_, let left, let right, _):
            left.visitPaths(visit)
            right.visitPaths(visit)
        case .filter(_, let value, let arguments, _):
            value.visitPaths(visit)
            for argument in arguments { argument.visitPaths(visit) }
        }
    }

    private func visitIndices(_ visit: ([(name: String, offset: Int)]) -> Void) {
        switch self {
        case .member(let base, _, _): base.visitIndices(visit)
        case .element(let base, let index, _):
            base.visitIndices(visit)
            index.visitPaths(visit)
        case .root, .literal: break
        default: visitPaths(visit)
        }
    }

    /// The names of a path from its root on, as far as they are written out.
    private var path: [(name: String, offset: Int)] {
        switch self {
        case .root(let name, let offset): [(name, offset)]
        case .member(let base, let name, let offset):
            base.isOpenPath && !base.path.isEmpty ? base.path + [(name, offset)] : base.path
        case .element(let base, _, _): base.path
        default: []
        }
    }

    private var isOpenPath: Bool {
        switch self {
        case .root: true
        case .member(let base, _, _): base.isOpenPath
        default: false
        }
    }
}
