import StreamJSON

/// A way into a JSON value: keys, and numbers that count into arrays.
struct FieldPath: Sendable {
    private enum Step: Sendable {
        case key(String)
        case index(String, Int)
    }

    private let steps: [Step]

    /// The path of `text`: `delta.text`, `choices.0.text`.
    init(_ text: String) {
        steps = text.split(separator: ".", omittingEmptySubsequences: false).map { step in
            if let index = Int(step), index >= 0 { .index(String(step), index) } else { .key(String(step)) }
        }
    }

    /// The value at the path, unless it is missing or null.
    func value(in root: JSONSlice) -> JSONSlice? {
        var value = root
        for step in steps {
            let next: JSONSlice? =
                switch step {
                case .key(let key): value[key]
                case .index(let key, let index): value.isArray ? FieldPath.element(index, of: value) : value[key]
                }
            guard let next else { return nil }
            value = next
        }
        return value.isNull ? nil : value
    }

    private static func element(_ index: Int, of array: JSONSlice) -> JSONSlice? {
        var (count, found) = (0, JSONSlice?.none)
        array.forEachElement { element in
            if count == index { found = element }
            count += 1
        }
        return found
    }
}

/// All paths of a definition, taken apart once.
struct CompiledPaths: Sendable {
    fileprivate var paths: [WritableKeyPath<FieldPaths, String?> & Sendable: FieldPath] = [:]

    init(_ fields: FieldPaths) {
        for (_, path) in FieldPaths.names {
            if let text = fields[keyPath: path] { paths[path] = FieldPath(text) }
        }
    }
}

/// One line, asked by the definition's names for its fields.
struct LineFields {
    let paths: CompiledPaths
    let line: JSONSlice

    /// The value of a field, unless the definition has no path for it, or the line has no value there.
    subscript(path: WritableKeyPath<FieldPaths, String?> & Sendable) -> JSONSlice? {
        paths.paths[path]?.value(in: line)
    }
}
