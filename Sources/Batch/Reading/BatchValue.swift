package import Model
package import Settings

/// One value of a batch file, checked, with its place and with who said it.
package struct BatchValue: Sendable {
    /// What a value is made of.
    package enum Content: Sendable {
        case value(JSONValue)
        /// A text with `${{ }}`, and what it must come to.
        case template(Template, BatchScalar?)
        case list([BatchValue])
        case table([BatchEntry])
    }

    /// The value itself.
    package var content: Content
    /// Where it stands.
    package var position: ConfigPosition
    /// Which part of the file said it.
    package var layer: BatchLayer

    /// The value under `key` of a table.
    package subscript(key: String) -> BatchValue? {
        if case .table(let entries) = content { entries.last { $0.key == key }?.value } else { nil }
    }

    /// The entries of a table, none for anything else.
    package var entries: [BatchEntry] { if case .table(let entries) = content { entries } else { [] } }

    /// The elements of a list, none for anything else.
    package var elements: [BatchValue] { if case .list(let elements) = content { elements } else { [] } }

    /// The text of a value that is a text and no template.
    package var text: String? { if case .value(let value) = content { value.string } else { nil } }

    /// The texts of a list.
    package var texts: [String] { elements.compactMap(\.text) }

    /// The value of a boolean.
    package var bool: Bool? { if case .value(let value) = content { value.bool } else { nil } }

    /// The template, where it is one.
    package var template: Template? { if case .template(let template, _) = content { template } else { nil } }

    /// Calls `visit` with every template in it and the place of its text.
    package func visitTemplates(_ visit: (Template, ConfigPosition) -> Void) {
        switch content {
        case .value: break
        case .template(let template, _): visit(template, position)
        case .list(let elements): for element in elements { element.visitTemplates(visit) }
        case .table(let entries): for entry in entries { entry.value.visitTemplates(visit) }
        }
    }

    /// The value as JSON, templates as they were written.
    package var json: JSONValue {
        switch content {
        case .value(let value): value
        case .template(let template, _): .string(template.source)
        case .list(let elements): .array(elements.map(\.json))
        case .table(let entries): .object(JSONObject(entries.map { (key: $0.key, value: $0.value.json) }))
        }
    }
}

/// One `key: value` of a batch file.
package struct BatchEntry: Sendable {
    /// The word before the colon.
    package var key: String
    /// Where the key stands.
    package var position: ConfigPosition
    /// What stands behind it.
    package var value: BatchValue
}

/// Which part of the file said a value, weakest first.
package enum BatchLayer: Sendable, Hashable, CustomStringConvertible {
    /// The top of the file, outside of every job.
    case file
    case defaults
    case profile(String)
    case job(String)
    /// An entry of the matrix's `include`.
    case row

    /// The layer in words: `profile reader`.
    package var description: String {
        switch self {
        case .file: "file"
        case .defaults: "defaults"
        case .profile(let name): "profile \(name)"
        case .job(let name): "job \(name)"
        case .row: "matrix row"
        }
    }
}
