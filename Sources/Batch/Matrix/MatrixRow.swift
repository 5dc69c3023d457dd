package import Model
import Settings

/// One row of a matrix: a value for each axis.
package struct MatrixRow: Sendable, Hashable {
    /// The values by axis, in the order of the axes.
    package var values: JSONObject
    /// What people and files call it: `module=Sources/A,lens=security`.
    package var key: String
    /// The entry of `include` that changes the job for this row, by its number.
    package var included: Int?
    /// True of a row that the file has no longer: it keeps its number in the run that began with it.
    package var isDropped = false

    init(values: JSONObject, included: Int? = nil) {
        self.values = values
        self.included = included
        key = values.members.map { "\($0.key)=\(MatrixRow.label($0.value))" }.joined(separator: ",")
    }

    /// A row as it was stored.
    package init(values: JSONObject, key: String, included: Int?, isDropped: Bool = false) {
        self.values = values
        self.key = key
        self.included = included
        self.isDropped = isDropped
    }

    /// A value in a few characters, the same for the same value in every run.
    ///
    /// An object is called by its `id`, `key`, `name` or `path`; what is long or no text by a part of its hash.
    static func label(_ value: JSONValue) -> String {
        switch value {
        case .string(let text):
            var text = text[...]
            while text.count > 1, text.last == "/" { text = text.dropLast() }
            let isPlain =
                text.utf8.count <= 120
                && !text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
            return isPlain && !text.isEmpty ? String(text) : hash(value)
        case .null, .bool, .integer, .number: return value.text
        case .object(let object):
            for name in ["id", "key", "name", "path"] {
                switch object[name] {
                case .string(let text): return label(.string(text))
                case .integer(let number): return String(number)
                default: continue
                }
            }
            return hash(value)
        case .array: return hash(value)
        }
    }

    private static func hash(_ value: JSONValue) -> String { String(SHA256.hex(value.text.utf8).prefix(12)) }
}
