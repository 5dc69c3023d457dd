package import Model

extension MatrixDeclaration {
    /// The matrix as it is written, templates included, to compare two of them and to show what has changed.
    package var json: JSONValue {
        var object = JSONObject()
        for axis in axes { object[axis.name] = axis.source.json }
        if !included.isEmpty {
            object["include"] = .array(
                included.map { row in
                    var all = JSONObject(row.values.map { (key: $0.axis, value: $0.value.json) })
                    for entry in row.changes.entries { all[entry.key] = entry.value.json }
                    return .object(all)
                })
        }
        if !excluded.isEmpty {
            object["exclude"] = .array(
                excluded.map { row in .object(JSONObject(row.values.map { (key: $0.axis, value: $0.value.json) })) })
        }
        return .object(object)
    }
}

extension MatrixDeclaration.Source {
    fileprivate var json: JSONValue {
        func named(_ key: String, _ value: BatchValue, field: String? = nil) -> JSONValue {
            var object: JSONObject = [key: value.json]
            object["field"] = field.map { .string($0) }
            return .object(object)
        }
        switch self {
        case .values(let values): return .array(values.map(\.json))
        case .template(let value): return value.json
        case .csv(let value, let field): return named("csv", value, field: field)
        case .jsonl(let value, let field): return named("jsonl", value, field: field)
        case .files(let value): return named("files", value)
        case .glob(let value): return named("glob", value)
        case .command(let value): return named("command", value)
        }
    }
}
