import Foundation
import TestSupport

/// A piece of JSON, as a program that is not ours reads it.
struct Fields {
    private let value: Any?

    /// Reads one document; throws when it is not exactly that.
    init(_ text: String) throws {
        do {
            value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        } catch {
            throw TestFailure("no JSON: \(text.prefix(300))")
        }
    }

    private init(value: Any?) { self.value = value }

    /// Every line as a document of its own.
    static func lines(_ text: String) throws -> [Fields] {
        try text.split(separator: "\n").map { try Fields(String($0)) }
    }

    /// The member of this name.
    subscript(name: String) -> Fields { Fields(value: (value as? [String: Any])?[name]) }
    /// The element at this place.
    subscript(index: Int) -> Fields { list.indices.contains(index) ? list[index] : Fields(value: nil) }
    /// The elements.
    var list: [Fields] { (value as? [Any] ?? []).map { Fields(value: $0) } }
    /// The names of the members.
    var names: [String] { (value as? [String: Any]).map { $0.keys.sorted() } ?? [] }
    /// A string, else nil.
    var text: String? { value as? String }
    /// A whole number, else nil.
    var number: Int? { (value as? NSNumber)?.intValue }
    /// True where there is nothing, or `null`.
    var isNull: Bool { value == nil || value is NSNull }
}

/// Calls the field's text, for what cannot be missing.
func required(_ fields: Fields) throws -> String {
    guard let text = fields.text else { throw TestFailure("a field is missing") }
    return text
}
