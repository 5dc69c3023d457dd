package import Model
import Settings

/// What the names of an expression stand for.
package struct TemplateScope: Sendable {
    /// The values of the first words of paths: `inputs`, `matrix`, `jobs`.
    package var roots: [String: JSONValue]
    /// Reads a file of the batch's folder, or says why not.
    package var file: @Sendable (_ path: String) -> Result<String, BatchFolderError>

    /// A scope of these values, without files unless some are given.
    package init(
        roots: [String: JSONValue] = [:],
        file: @escaping @Sendable (String) -> Result<String, BatchFolderError> = { path in
            .failure(BatchFolderError("\(path): no file can be read here"))
        }
    ) {
        self.roots = roots
        self.file = file
    }
}

extension Expression {
    /// What the expression comes to.
    package func value(in scope: TemplateScope) throws(ExpressionError) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .root(let name, let offset):
            if let value = scope.roots[name] { return value }
            throw ExpressionError(
                offset, "there is no `\(name.prefix(80))` here\(Suggestion.clause(for: name, among: scope.roots.keys))",
                hint: "known here: \(scope.roots.keys.sorted().joined(separator: ", "))", kind: .missing)
        case .member(let base, let name, let offset):
            return try base.value(in: scope).member(name, of: base.words, at: offset)
        case .element(let base, let index, let offset):
            return try base.value(in: scope).element(try index.value(in: scope), of: base.words, at: offset)
        case .call(_, let arguments, let offset):
            let argument = try arguments[0].value(in: scope)
            guard let path = argument.string else {
                throw ExpressionError(
                    offset, "`file` needs the path of a file, not \(argument.kind)",
                    hint: "write it as file(\"README.md\")")
            }
            switch scope.file(path) {
            case .success(let text): return .string(text)
            case .failure(let error):
                throw ExpressionError(offset, "`file` cannot read \(error.message)", hint: error.hint)
            }
        case .not(let inner, let offset): return .bool(!(try inner.value(in: scope).condition(at: offset, of: "not")))
        case .negative(let inner, let offset):
            return try Arithmetic.result(.minus, .integer(0), inner.value(in: scope), at: offset)
        case .operation(.and, let left, let right, let offset):
            guard try left.value(in: scope).condition(at: offset, of: "and") else { return false }
            return .bool(try right.value(in: scope).condition(at: offset, of: "and"))
        case .operation(.or, let left, let right, let offset):
            if try left.value(in: scope).condition(at: offset, of: "or") { return true }
            return .bool(try right.value(in: scope).condition(at: offset, of: "or"))
        case .operation(let sign, let left, let right, let offset):
            let (left, right) = (try left.value(in: scope), try right.value(in: scope))
            switch sign {
            case .plus, .minus, .times, .dividedBy, .modulo:
                return try Arithmetic.result(sign, left, right, at: offset)
            default: return .bool(try Comparison.result(sign, left, right, at: offset))
            }
        case .filter(.otherwise, let inner, let arguments, _):
            do throws(ExpressionError) {
                let value = try inner.value(in: scope)
                if value != .null { return value }
            } catch {
                guard error.kind == .missing else { throw error }
            }
            return try arguments[0].value(in: scope)
        case .filter(let filter, let inner, let arguments, let offset):
            let value = try inner.value(in: scope)
            return try filter.apply(
                to: value, arguments.first.map { (e) throws(ExpressionError) in try e.value(in: scope) }, at: offset)
        }
    }

    /// A path as it was written, for a message.
    private var words: String {
        switch self {
        case .root(let name, _): name
        case .member(let base, let name, _): "\(base.words).\(name)"
        case .element(let base, _, _): "\(base.words)[…]"
        default: "the value"
        }
    }
}

extension JSONValue {
    /// What it is, in a word for people.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    fileprivate func member(_ name: String, of path: String, at offset: Int) throws(ExpressionError) -> JSONValue {
        guard case .object(let object) = self else {
            throw ExpressionError(
                offset, "`\(path)` is \(kind) and has no `\(name.prefix(80))`",
                hint: self == .null ? "use | default(…) where it may be missing" : "see what it is with \(path) | json",
                kind: self == .null ? .missing : .wrong)
        }
        if let value = object[name] { return value }
        let names = object.members.prefix(1000).map(\.key)
        let known = names.prefix(20).joined(separator: ", ")
        throw ExpressionError(
            offset, "`\(path)` has no `\(name.prefix(80))`\(Suggestion.clause(for: name, among: names))",
            hint: names.isEmpty ? "it is empty: use | default(…)" : "it has: \(known)", kind: .missing)
    }

    fileprivate func element(_ index: JSONValue, of path: String, at offset: Int) throws(ExpressionError) -> JSONValue {
        switch (self, index) {
        case (.object, .string(let name)): return try member(name, of: path, at: offset)
        case (.array(let elements), .integer(let number)):
            let place = number < 0 ? Int64(elements.count) + number : number
            if place >= 0, place < Int64(elements.count) { return elements[Int(place)] }
            throw ExpressionError(
                offset, "`\(path)` has \(elements.count) elements and none numbered \(number)",
                hint: "the first one is [0], the last one [-1]", kind: .missing)
        default:
            throw ExpressionError(
                offset, "`\(path)` is \(kind) and cannot be indexed by \(index.kind)",
                hint: "a list is indexed by a number, an object by a text")
        }
    }

    fileprivate func condition(at offset: Int, of word: String) throws(ExpressionError) -> Bool {
        if case .bool(let value) = self { return value }
        throw ExpressionError(
            offset, "`\(word)` needs true or false, not \(kind)", hint: "compare it: VALUE == \"text\", VALUE > 0")
    }
}
