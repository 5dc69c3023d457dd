package import Model
package import Settings

extension BatchValue {
    /// What the value comes to, checked by what its key needs; a problem has its place in the file.
    ///
    /// With `keepLate` a template that asks for results of jobs stays as it was written.
    package func rendered(
        in scope: TemplateScope, _ source: SourceText, keepLate: Bool = false
    ) throws(ConfigProblem) -> JSONValue {
        switch content {
        case .value(let value): return value
        case .list(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try element.rendered(in: scope, source, keepLate: keepLate)) }
            return .array(values)
        case .table(let entries):
            var members: [(key: String, value: JSONValue)] = []
            for entry in entries {
                members.append((entry.key, try entry.value.rendered(in: scope, source, keepLate: keepLate)))
            }
            return .object(JSONObject(members))
        case .template(let template, let scalar):
            if keepLate, template.isLate { return .string(template.source) }
            let value: JSONValue
            let change: ((String) -> String)? = scalar == .savePath ? { SavePath.sanitized($0) } : nil
            do throws(TemplateError) { value = try template.value(in: scope, insert: change) } catch {
                throw ConfigProblem(
                    source.place(ofOpening: error.opening, offset: error.offset, from: position), error.message,
                    hint: error.hint)
            }
            guard let scalar, scalar != .condition else { return value }
            let text: String
            do throws(ExpressionError) { text = try Template.text(of: value, at: 0) } catch {
                throw ConfigProblem(position, "`\(template.source.prefix(80))`: \(error.message)", hint: error.hint)
            }
            do throws(SettingMisread) { return try scalar.read(text, plain: false) } catch {
                throw ConfigProblem(
                    position, "`\(template.source.prefix(80))` came to what the key cannot be: it \(error.message)",
                    hint: error.hint)
            }
        }
    }

    /// What a path comes to.
    func renderedPath(in scope: TemplateScope, _ source: SourceText) throws(ConfigProblem) -> String {
        let value = try rendered(in: scope, source)
        guard let text = value.string else {
            throw ConfigProblem(position, "a path is needed, and this is \(value.kind)", hint: "write a path as text")
        }
        return text
    }
}
