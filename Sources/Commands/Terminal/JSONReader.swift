import Model
import StreamJSON

/// Reads JSON that Tutti itself stored (event data, tool inputs) into values.
enum JSONReader {
    /// The value that `text` is, or nil when it is not JSON.
    static func value(_ text: String) -> JSONValue? { try? JSONValue(parsing: text) }
}
