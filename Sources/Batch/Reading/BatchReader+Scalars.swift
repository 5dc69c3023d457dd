import Model
import Settings

extension BatchReader {
    /// Reads a single value from its plain text by what its key needs; a template is read when it has come to something.
    mutating func scalar(
        _ node: ConfigNode, as scalar: BatchScalar, template allowed: Bool, _ path: String
    ) -> BatchValue? {
        guard case .scalar(let text, let plain) = node.content, !node.isNull else {
            complain(
                node.position, "`\(path)` needs \(scalar.words), not \(node.kind)",
                hint: node.isNull ? "write a value or remove the line" : "see Documentation/Batch.md")
            return nil
        }
        if Template.isTemplate(text) {
            guard allowed else {
                complain(
                    source.place(ofOpening: 0, offset: 0, from: node.position), "`\(path)` cannot hold a template",
                    hint: "write its value out")
                return nil
            }
            guard let template = template(text, at: node.position) else { return nil }
            if scalar == .condition, !template.isWhole {
                complain(
                    node.position, "`\(path)` needs one ${{ }} and nothing around it",
                    hint: "put all of the condition into the ${{ }}")
                return nil
            }
            if scalar == .insidePath || scalar == .savePath, let problem = literalPathProblem(template, scalar) {
                complain(node.position, "`\(path)` \(problem.message)", hint: problem.hint)
                return nil
            }
            return BatchValue(content: .template(template, scalar), position: node.position, layer: layer)
        }
        do throws(SettingMisread) {
            return BatchValue(
                content: .value(try scalar.read(text, plain: plain)), position: node.position, layer: layer)
        } catch {
            complain(node.position, "`\(path)` \(error.message)", hint: error.hint)
            return nil
        }
    }

    /// Reads any value as JSON; texts in it may be templates.
    mutating func any(_ node: ConfigNode, _ path: String) -> BatchValue? {
        switch node.content {
        case .scalar(let text, let plain):
            if Template.isTemplate(text) {
                return template(text, at: node.position).map {
                    BatchValue(content: .template($0, nil), position: node.position, layer: layer)
                }
            }
            return BatchValue(
                content: .value(BatchScalar.any(text, plain: plain)), position: node.position, layer: layer)
        case .sequence(let elements):
            var values: [BatchValue] = []
            for element in elements {
                guard let value = any(element, path) else { return nil }
                values.append(value)
            }
            return BatchValue(content: .list(values), position: node.position, layer: layer)
        case .mapping(let members):
            var entries: [BatchEntry] = []
            for member in members {
                guard let value = any(member.value, path) else { return nil }
                entries.append(BatchEntry(key: member.key, position: member.position, value: value))
            }
            return BatchValue(content: .table(entries), position: node.position, layer: layer)
        }
    }

    private mutating func template(_ text: String, at position: ConfigPosition) -> Template? {
        do throws(TemplateError) { return try Template(text) } catch {
            complain(
                source.place(ofOpening: error.opening, offset: error.offset, from: position), error.message,
                hint: error.hint)
            return nil
        }
    }

    /// What is wrong with a path whose inserted parts are names without slashes.
    private func literalPathProblem(_ template: Template, _ scalar: BatchScalar) -> SettingMisread? {
        let path = template.parts.map { part in if case .text(let text) = part { text } else { "_" } }.joined()
        return SavePath.problem(of: path) ?? (scalar == .savePath ? SavePath.reserved(path) : nil)
    }
}
