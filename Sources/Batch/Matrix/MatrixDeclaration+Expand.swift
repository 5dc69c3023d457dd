import Model
import Settings
import StreamJSON

/// What an expansion looks at.
struct MatrixSurroundings {
    var scope: TemplateScope
    var folder: any BatchFolder
    /// What the commands of axes have printed, by axis.
    var printed: [String: [JSONValue]]
    var source: SourceText
    var maxRows: Int
}

extension MatrixDeclaration {
    /// The rows: the combinations of all axes, without those excluded, with those included, and what is odd about them.
    func rows(_ around: MatrixSurroundings) throws(ConfigProblem) -> (rows: [MatrixRow], notes: [ConfigProblem]) {
        var notes: [ConfigProblem] = []
        var axes: [(name: String, values: [JSONValue])] = []
        var count = 1
        for axis in self.axes {
            let values = try values(of: axis, around)
            if values.isEmpty {
                notes.append(
                    ConfigProblem(axis.position, "the axis `\(axis.name)` has no values", hint: "no row is made"))
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
            count = overflow ? .max : product
            axes.append((axis.name, values))
        }
        guard count <= around.maxRows else {
            let factors = axes.map { "\($0.values.count)" }.joined(separator: " × ")
            throw ConfigProblem(
                position, "the matrix has \(factors) rows; \(around.maxRows) are allowed",
                hint: "use fewer values, or two jobs one after the other")
        }
        var table = RowTable()
        if !axes.isEmpty { for index in 0..<count { table.add(MatrixRow(values: combination(index, of: axes))) } }
        if let first = table.doubled {
            notes.append(ConfigProblem(position, "the row \(first) stands in the matrix twice", hint: "it runs once"))
        }
        for excluded in excluded {
            let values = try rendered(excluded.values, around)
            let isLeftOut = { (row: MatrixRow) in
                values.allSatisfy { name, value in row.values[name]?.isAlike(value) ?? false }
            }
            if !table.remove(where: isLeftOut) {
                notes.append(
                    ConfigProblem(
                        excluded.position, "this entry of `exclude` leaves out no row",
                        hint: "compare its values with the axes"))
            }
        }
        let names = axisNames
        for (index, included) in included.enumerated() {
            let values = try rendered(included.values, around)
            // In the order of the axes, so that the same row has the same key.
            let ordered = names.compactMap { name in values.first { $0.key == name } }
            table.add(MatrixRow(values: JSONObject(ordered), included: index))
        }
        guard table.rows.count <= around.maxRows else {
            throw ConfigProblem(
                position, "the matrix has \(table.rows.count) rows; \(around.maxRows) are allowed",
                hint: "use fewer values, or two jobs one after the other")
        }
        return (table.named, notes)
    }

    /// The combination of that number; the last axis changes fastest.
    private func combination(_ index: Int, of axes: [(name: String, values: [JSONValue])]) -> JSONObject {
        var left = index
        var members: [(key: String, value: JSONValue)] = []
        for (name, values) in axes.reversed() {
            members.append((name, values[left % values.count]))
            left /= values.count
        }
        return JSONObject(members.reversed())
    }

    private func rendered(
        _ values: [(axis: String, value: BatchValue)], _ around: MatrixSurroundings
    ) throws(ConfigProblem) -> [(key: String, value: JSONValue)] {
        var result: [(key: String, value: JSONValue)] = []
        for (axis, value) in values {
            result.append((axis, try value.rendered(in: around.scope, around.source)))
        }
        return result
    }

    private func values(of axis: Axis, _ around: MatrixSurroundings) throws(ConfigProblem) -> [JSONValue] {
        switch axis.source {
        case .values(let values):
            var result: [JSONValue] = []
            for value in values { result.append(try value.rendered(in: around.scope, around.source)) }
            // In `[1.9, 1.10]` the second is text, and so are both: one axis has one kind of value.
            let hasText = result.contains { $0.string != nil }
            return hasText ? result.map { $0.number == nil ? $0 : .string($0.text) } : result
        case .template(let value):
            let list = try value.rendered(in: around.scope, around.source)
            guard let elements = list.array else {
                throw ConfigProblem(
                    value.position, "the axis `\(axis.name)` needs a list, and ${{ }} came to \(list.kind)",
                    hint: "declare the output with type: json or type: lines, and print a list")
            }
            return elements
        case .command:
            guard let values = around.printed[axis.name] else {
                throw ConfigProblem(
                    axis.position, "the command of the axis `\(axis.name)` has not run",
                    hint: "its rows are known when the batch runs")
            }
            return values
        case .csv(let value, let field):
            let (path, bytes) = try content(value, around)
            return try pick(field, CommaSeparated.rows(bytes, file: path), path, axis)
        case .jsonl(let value, let field):
            let (path, bytes) = try content(value, around)
            return try pick(field, MatrixData.lines(bytes, file: path), path, axis)
        case .files(let value): return try matches(value, around) { !$0.hasSuffix("/") }
        case .glob(let value): return try matches(value, around) { _ in true }
        }
    }

    private func content(
        _ value: BatchValue, _ around: MatrixSurroundings
    ) throws(ConfigProblem) -> (path: String, bytes: [UInt8]) {
        let path = try value.renderedPath(in: around.scope, around.source)
        do throws(BatchFolderError) { return (path, try around.folder.read(path, limit: MatrixData.maxBytes)) } catch {
            throw ConfigProblem(value.position, "cannot read \(error.message)", hint: error.hint)
        }
    }

    private func matches(
        _ value: BatchValue, _ around: MatrixSurroundings, where isWanted: (String) -> Bool
    ) throws(ConfigProblem) -> [JSONValue] {
        let text = try value.renderedPath(in: around.scope, around.source)
        do throws(BatchFolderError) {
            let paths = try around.folder.match(try GlobPattern(text), limit: around.maxRows)
            // Whoever names a file `--eval=…` does not give options to the program that reads it.
            return paths.filter(isWanted).map { .string($0.hasPrefix("-") ? "./" + $0 : $0) }
        } catch {
            throw ConfigProblem(value.position, error.message, hint: error.hint)
        }
    }

    private func pick(
        _ field: String?, _ values: [JSONValue], _ path: String, _ axis: Axis
    ) throws(ConfigProblem) -> [JSONValue] {
        guard let field else { return values }
        var picked: [JSONValue] = []
        for (index, value) in values.enumerated() {
            guard let member = value[field] else {
                let names = value.object?.members.map(\.key) ?? []
                throw ConfigProblem(
                    axis.position,
                    "value \(index + 1) of \(path) has no `\(field)`\(Suggestion.clause(for: field, among: names))",
                    hint: names.isEmpty ? "it is \(value.kind)" : "it has: \(names.joined(separator: ", "))")
            }
            picked.append(member)
        }
        return picked
    }
}
