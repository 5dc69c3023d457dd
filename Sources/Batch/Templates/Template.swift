package import Model

/// A text with `${{ }}` in it. What is inserted is never looked at again, so data cannot become a template.
///
/// `$${{` stands for the three characters themselves.
package struct Template: Sendable, Hashable {
    /// A piece of the text.
    package enum Part: Sendable, Hashable {
        case text(String)
        /// `opening` counts the `${{` before it in the text, escaped ones too; `offset` is where its expression begins,
        /// counted from that `$`.
        case insertion(Expression, opening: Int, offset: Int)
    }

    /// As it was written.
    package let source: String
    /// The pieces from left to right.
    package let parts: [Part]

    /// True when `text` holds something to be replaced.
    package static func isTemplate(_ text: String) -> Bool { text.contains("${{") }

    /// Reads a text.
    package init(_ text: String) throws(TemplateError) {
        source = text
        var parts: [Part] = []
        let scalars = Array(text.unicodeScalars)
        var plain = String.UnicodeScalarView()
        var opening = 0
        var index = 0
        while index < scalars.count {
            guard scalars[index...].starts(with: Template.mark) else {
                plain.append(scalars[index])
                index += 1
                continue
            }
            if plain.last == "$" {
                plain.removeLast()
                plain.append(contentsOf: Template.mark)
                index += 3
                opening += 1
                continue
            }
            let start = index + 3
            guard let end = Template.end(of: scalars, from: start) else {
                throw TemplateError(
                    opening: opening,
                    ExpressionError(
                        0, "`${{` is not closed", hint: "close it with }}; a `${{` that is meant as text is $${{"))
            }
            if !plain.isEmpty {
                parts.append(.text(String(plain)))
                plain = String.UnicodeScalarView()
            }
            do throws(ExpressionError) {
                parts.append(.insertion(try Expression(Array(scalars[start..<end])), opening: opening, offset: 3))
            } catch {
                throw TemplateError(opening: opening, error, shift: 3)
            }
            // A text in the expression may hold the mark as well.
            opening += (index..<end).count { scalars[$0...].starts(with: Template.mark) }
            index = end + 2
        }
        if !plain.isEmpty { parts.append(.text(String(plain))) }
        self.parts = parts
    }

    /// True when the whole text is one `${{ }}`: its value then keeps its type.
    package var isWhole: Bool {
        if parts.count == 1, case .insertion = parts[0] { true } else { false }
    }

    /// The expressions in it.
    package var insertions: [(expression: Expression, opening: Int, offset: Int)] {
        parts.compactMap { part in
            if case .insertion(let expression, let opening, let offset) = part {
                (expression, opening, offset)
            } else {
                nil
            }
        }
    }

    /// What the template comes to. `insert` may change each inserted text, for a path for instance.
    package func value(
        in scope: TemplateScope, insert: ((String) -> String)? = nil
    ) throws(TemplateError) -> JSONValue {
        var text = ""
        for part in parts {
            switch part {
            case .text(let plain): text += plain
            case .insertion(let expression, let opening, let offset):
                do throws(ExpressionError) {
                    let value = try expression.value(in: scope)
                    if isWhole, insert == nil { return value }
                    let inserted = try Template.text(of: value, at: 0)
                    text += insert.map { $0(inserted) } ?? inserted
                } catch {
                    throw TemplateError(opening: opening, error, shift: offset)
                }
            }
            guard text.utf8.count <= Expression.Filter.maxBytes else {
                throw TemplateError(
                    opening: 0,
                    ExpressionError(
                        0, "the text comes to more than \(Expression.Filter.maxBytes) bytes",
                        hint: "merge in two steps, or insert less"))
            }
        }
        return .string(text)
    }

    /// A value as it stands in a text.
    static func text(of value: JSONValue, at offset: Int) throws(ExpressionError) -> String {
        switch value {
        case .string(let text): return text
        case .integer, .number, .bool: return value.text
        case .null:
            throw ExpressionError(
                offset, "null cannot be inserted into a text", hint: "use | default(\"…\")", kind: .missing)
        case .array:
            throw ExpressionError(offset, "a list cannot be inserted into a text", hint: "use | join(\", \") or | json")
        case .object:
            throw ExpressionError(
                offset, "an object cannot be inserted into a text", hint: "use | json, or name a member")
        }
    }

    private static let mark = Array("${{".unicodeScalars)

    /// Where the `}}` stands, texts in quotes left aside.
    private static func end(of scalars: [Unicode.Scalar], from start: Int) -> Int? {
        var quote: Unicode.Scalar?
        var index = start
        while index < scalars.count {
            let scalar = scalars[index]
            if let open = quote {
                if scalar == "\\" { index += 1 } else if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == "}", index + 1 < scalars.count, scalars[index + 1] == "}" {
                return index
            }
            index += 1
        }
        return nil
    }
}

/// What is wrong in a template: in which of its `${{`, and how many characters after that `$`.
package struct TemplateError: Error, Sendable, Hashable {
    /// Which `${{` of the text it is, from 0, escaped ones counted too.
    package var opening: Int
    /// How many characters after the `$` of that `${{` it is wrong.
    package var offset: Int
    /// What is wrong.
    package var message: String
    /// What to do about it.
    package var hint: String
    /// True when a value is missing, so that `default` can stand in for it.
    package var isMissing: Bool

    init(opening: Int, _ error: ExpressionError, shift: Int = 0) {
        self.opening = opening
        offset = error.offset + shift
        message = error.message
        hint = error.hint
        isMissing = error.kind == .missing
    }
}
