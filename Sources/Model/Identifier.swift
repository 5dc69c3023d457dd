/// Names one run, job, session, thread, message or coordinator for ever.
///
/// 16 characters of Crockford's base 32 (digits and capital letters without I, L, O and U): 80 random bits, so that two
/// coordinators never need to agree on the next one. Identifiers carry no order; order comes from the store's row ids.
package struct Identifier: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The first twelve characters, five bits each. Bits and not a text: a queue of ten thousand jobs holds a hundred
    /// thousand identifiers, and 16 characters are one too many for a `String` that needs no memory of its own.
    private let head: UInt64
    /// The last four.
    private let tail: UInt32

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
        Identifier(
            head: .random(in: 0..<1 << 60, using: &generator), tail: .random(in: 0..<1 << 20, using: &generator))
    }

    /// Reads an identifier as a person may have typed it: lower case is accepted, and I, L and O are read as 1, 1 and 0.
    ///
    /// Returns nil when the text is not 16 characters of the alphabet.
    package init?(_ text: String) {
        var (head, tail, count) = (UInt64(0), UInt32(0), 0)
        for byte in text.utf8 {
            guard count < Identifier.length, let digit = Identifier.digit(byte) else { return nil }
            if count < 12 { head = head << 5 | UInt64(digit) } else { tail = tail << 5 | UInt32(digit) }
            count += 1
        }
        guard count == Identifier.length else { return nil }
        self.init(head: head, tail: tail)
    }

    /// The same folding for a prefix of any length; nil when a character can stand in no identifier.
    package static func fold(_ prefix: String) -> String? {
        var bytes: [UInt8] = []
        for byte in prefix.utf8 {
            guard let digit = digit(byte) else { return nil }
            bytes.append(alphabet[Int(digit)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a character stands for. Byte by byte: `uppercased()` would make two letters of one "ß", and with them an
    /// identifier of none.
    private static func digit(_ byte: UInt8) -> UInt8? {
        let isSmall = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        let value = digits[Int(isSmall ? byte - 32 : byte)]
        return value == .max ? nil : value
    }

    /// The value of each byte, 255 for one that can stand in no identifier.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: .max, count: 256)
        for (value, byte) in alphabet.enumerated() { digits[Int(byte)] = UInt8(value) }
        digits[Int(UInt8(ascii: "I"))] = 1
        digits[Int(UInt8(ascii: "L"))] = 1
        digits[Int(UInt8(ascii: "O"))] = 0
        return digits
    }()

    private init(head: UInt64, tail: UInt32) {
        self.head = head
        self.tail = tail
    }

    /// The 16 characters.
    package var text: String {
        String(unsafeUninitializedCapacity: Identifier.length) { bytes in
            for place in 0..<Identifier.length {
                let digit =
                    place < 12
                    ? Int(truncatingIfNeeded: head >> UInt64(5 * (11 - place)))
                    : Int(truncatingIfNeeded: tail >> UInt32(5 * (15 - place)))
                bytes[place] = Identifier.alphabet[digit & 31]
            }
            return Identifier.length
        }
    }

    package var description: String { text }

    /// The first six characters, enough for a person to tell a few hundred apart.
    package var short: String { String(text.prefix(6)) }

    /// The order of the texts; it says nothing about time.
    package static func < (left: Identifier, right: Identifier) -> Bool {
        (left.head, left.tail) < (right.head, right.tail)
    }

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
