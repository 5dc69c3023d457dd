import Settings

extension BatchReader {
    /// The matrix of `job`; `value` is what the table of keys made of it, `node` the same as it is written.
    mutating func matrix(_ value: BatchValue, _ node: ConfigNode?, of job: String) -> MatrixDeclaration? {
        let path = "jobs.\(job).matrix"
        var matrix = MatrixDeclaration(axes: [], included: [], excluded: [], position: value.position)
        for entry in value.entries where !["include", "exclude"].contains(entry.key) {
            guard let source = source(entry, node?[entry.key], "\(path).\(entry.key)") else { continue }
            matrix.axes.append(.init(name: entry.key, source: source, position: entry.position))
        }
        // An axis that could not be read is no reason to complain about what names it.
        let names = (node?.members ?? []).map(\.key).filter { !["include", "exclude"].contains($0) }
        for element in node?["include"]?.elements ?? [] {
            if let included = included(element, axes: names, "\(path).include") { matrix.included.append(included) }
        }
        for element in value["exclude"]?.elements ?? [] {
            for entry in element.entries where !names.contains(entry.key) {
                complain(
                    entry.position,
                    "`\(path)` has no axis `\(entry.key)`\(Suggestion.clause(for: entry.key, among: names))",
                    hint: "its axes: \(names.joined(separator: ", "))")
            }
            matrix.excluded.append((element.entries.map { ($0.key, $0.value) }, element.position))
        }
        if names.isEmpty, node?["include"] == nil {
            complain(
                value.position, "`\(path)` has no axis", hint: "write one as NAME: [one, two], or remove the matrix")
        }
        bound(matrix, path)
        return matrix
    }

    private mutating func source(_ entry: BatchEntry, _ node: ConfigNode?, _ path: String) -> MatrixDeclaration.Source?
    {
        switch entry.value.content {
        case .list(let values):
            if values.isEmpty {
                complain(entry.value.position, "`\(path)` has no values", hint: "write one as [one, two]")
                return nil
            }
            return .values(values)
        case .template(let template, _) where template.isWhole:
            // It comes to a list, and not to the text that a single value would be.
            var value = entry.value
            value.content = .template(template, nil)
            return .template(value)
        case .template, .value:
            complain(
                entry.value.position, "`\(path)` needs a list, a mapping or one ${{ }} that comes to a list",
                hint: "write it as [one, two] or { glob: \"Sources/*/\" }")
            return nil
        case .table(let members):
            let kinds = members.filter { $0.key != "field" }
            let all = BatchKeys.axisSource.keys.map(\.name).filter { $0 != "field" }
            guard kinds.count == 1 else {
                // A source that could not be read was complained about already.
                if kinds.isEmpty, node?.members.contains(where: { $0.key != "field" }) == true { return nil }
                complain(
                    entry.value.position,
                    "`\(path)` names \(kinds.isEmpty ? "no source" : "\(kinds.count) sources") of values",
                    hint: "exactly one of: \(all.joined(separator: ", "))")
                return nil
            }
            let field = members.first { $0.key == "field" }
            let source: MatrixDeclaration.Source
            switch kinds[0].key {
            case "csv": source = .csv(kinds[0].value, field: field?.value.text)
            case "jsonl": source = .jsonl(kinds[0].value, field: field?.value.text)
            case "files": source = .files(kinds[0].value)
            case "glob": source = .glob(kinds[0].value)
            default: source = .command(kinds[0].value)
            }
            if let field, !["csv", "jsonl"].contains(kinds[0].key) {
                complain(field.position, "`field` has a meaning only with csv and jsonl", hint: "remove it")
            }
            if ["files", "glob"].contains(kinds[0].key), let pattern = kinds[0].value.text {
                do throws(BatchFolderError) { _ = try GlobPattern(pattern) } catch {
                    complain(kinds[0].value.position, "`\(path)`: \(error.message)", hint: error.hint)
                }
            }
            if kinds[0].key == "command", kinds[0].value.elements.isEmpty {
                complain(
                    kinds[0].value.position, "`\(path).command` names no program", hint: "write it as [name, argument]")
            }
            return source
        }
    }

    /// An entry of `include`: values for all axes, and keys of the job for this row.
    private mutating func included(
        _ node: ConfigNode, axes: [String], _ path: String
    ) -> MatrixDeclaration.Included? {
        guard let members = members(of: node, path) else { return nil }
        let keys = BatchKeys.row.keys.map(\.name)
        var included = MatrixDeclaration.Included(
            values: [], changes: BatchValue(content: .table([]), position: node.position, layer: .row),
            position: node.position)
        var changes: [BatchEntry] = []
        let outer = layer
        layer = .row
        defer { layer = outer }
        for member in members {
            let isAxis =
                axes.isEmpty ? !keys.contains(member.key) && BatchScalar.isName(member.key) : axes.contains(member.key)
            if isAxis {
                if let value = any(member.value, "\(path).\(member.key)") {
                    included.values.append((member.key, value))
                }
            } else if let key = BatchKeys.row.key(member.key) {
                if let value = read(member.value, as: key.shape, "\(path).\(member.key)") {
                    changes.append(BatchEntry(key: member.key, position: member.position, value: value))
                }
            } else {
                let clause = Suggestion.clause(for: member.key, among: axes + keys)
                complain(
                    member.position,
                    "`\(member.key.prefix(80))` in `\(path)` is neither an axis nor a key of a row\(clause)",
                    hint: "axes: \(axes.joined(separator: ", ")); keys: \(keys.joined(separator: ", "))")
            }
        }
        for axis in axes where !members.contains(where: { $0.key == axis }) {
            complain(
                node.position, "this row of `\(path)` has no value for the axis `\(axis)`",
                hint: "a row has a value for each axis: \(axes.joined(separator: ", "))")
        }
        included.changes.content = .table(changes)
        return included
    }

    /// Refuses by arithmetic what would be too many rows, before any is built.
    private mutating func bound(_ matrix: MatrixDeclaration, _ path: String) {
        var count = 1
        for axis in matrix.axes {
            guard case .values(let values) = axis.source else { continue }
            let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
            count = overflow ? .max : product
        }
        if count > MatrixDeclaration.maxRows {
            let shown = count == .max ? "more rows than can be counted" : "\(count) rows"
            complain(
                matrix.position, "`\(path)` has \(shown); \(MatrixDeclaration.maxRows) are allowed",
                hint: "use fewer values, or two jobs one after the other")
        }
    }
}
