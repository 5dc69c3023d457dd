/// Names one run, job, session, thread, message or coordinator for ever.
///
/// 16 characters of Crockford's base 32 (digits and capital letters without I, L, O and U): 80 random bits, so that two
/// coordinators never need to agree on the next one. Identifiers carry no order; order comes from the store's row ids.
package struct Identifier: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The 16 characters.
    package let text: String

    /// The number of characters of every identifier.
    package static let length = 16

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// Draws a new identifier from the system's source of randomness.
    package static func random() -> Identifier {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// Draws a new identifier from `generator`; tests pass a seeded one.
    package static func random(using generator: inout some RandomNumberGenerator) -> Identifier {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        for _ in 0..<length { bytes.append(alphabet[Int.random(in: 0..<32, using: &generator)]) }
        return Identifier(unchecked: String(decoding: bytes, as: UTF8.self))
    }

    /// Reads an identifier as a person may have typed it: lower case is accepted, and I, L and O are read as 1, 1 and 0.
    ///
    /// Returns nil when the text is not 16 characters of the alphabet.
    package init?(_ text: String) {
        guard let folded = Identifier.fold(text), folded.utf8.count == Identifier.length else { return nil }
        self.init(unchecked: folded)
    }

    /// The same folding for a prefix of any length; nil when a character can stand in no identifier.
    package static func fold(_ prefix: String) -> String? {
        var bytes: [UInt8] = []
        // Byte by byte: `uppercased()` would make two letters of one "ß", and with them an identifier of none.
        for byte in prefix.utf8 {
            let byte = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
            switch byte {
            case UInt8(ascii: "I"), UInt8(ascii: "L"): bytes.append(UInt8(ascii: "1"))
            case UInt8(ascii: "O"): bytes.append(UInt8(ascii: "0"))
            default:
                guard alphabet.contains(byte) else { return nil }
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text }

    /// The first six characters, enough for a person to tell a few hundred apart.
    package var short: String { String(text.prefix(6)) }

    /// The order of the texts; it says nothing about time.
    package static func < (left: Identifier, right: Identifier) -> Bool { left.text < right.text }

    /// Reads a single string; throws `DecodingError` when it is no identifier.
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let identifier = Identifier(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a 16-character identifier"))
        }
        self = identifier
    }

    /// Writes the identifier as a single string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
