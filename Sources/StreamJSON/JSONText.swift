import Glibc

/// A JSON string where it lies in the text, between its quotes: compared and decoded only when somebody asks.
///
/// Valid as long as the scanned bytes are.
package struct JSONText {
    let start: UnsafePointer<UInt8>
    let count: Int
    /// True when no backslash stands in it, so that its bytes are its text.
    let isPlain: Bool

    /// True when the string is `text`.
    package func equals(_ text: StaticString) -> Bool {
        if isPlain {
            return count == text.utf8CodeUnitCount && memcmp(start, text.utf8Start, count) == 0
        }
        return string == text.description
    }

    /// True when the string is `text`.
    package func equals(_ text: String) -> Bool {
        guard isPlain else { return string == text }
        var text = text
        return text.withUTF8 { utf8 in
            guard let other = utf8.baseAddress, utf8.count == count else { return utf8.count == count }
            return memcmp(start, other, count) == 0
        }
    }

    /// True when the string is empty.
    package var isEmpty: Bool { count == 0 }

    /// The string. Halves of a surrogate pair that stand alone become U+FFFD, as do bytes that are not UTF-8.
    package var string: String {
        if isPlain { return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }
        var high: UInt16?
        var text = decode(joining: &high)
        if high != nil { text.unicodeScalars.append("\u{FFFD}") }
        return text
    }

    /// The string as one piece of a longer one that is cut at any code unit.
    ///
    /// `high` is the first half of a surrogate pair that the piece before ended with. It is joined with a second half at the
    /// start of this one, and becomes U+FFFD before anything else. A first half at the end of this piece is left in `high`.
    package func string(joining high: inout UInt16?) -> String {
        if isPlain {
            guard high != nil, count > 0 else { return string }
            high = nil
            return "\u{FFFD}" + string
        }
        return decode(joining: &high)
    }

    private func decode(joining high: inout UInt16?) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 3)
        var index = 0
        while index < count {
            let byte = start[index]
            guard byte == 0x5C else {
                flush(&high, &bytes)
                let begin = index
                while index < count, start[index] != 0x5C { index += 1 }
                bytes.append(contentsOf: UnsafeBufferPointer(start: start + begin, count: index - begin))
                continue
            }
            let escape = start[index + 1]
            index += 2
            guard escape == UInt8(ascii: "u") else {
                flush(&high, &bytes)
                bytes.append(JSONText.unescaped(escape))
                continue
            }
            let unit = JSONText.hex(start + index)
            index += 4
            if let first = high, unit & 0xFC00 == 0xDC00 {
                append(0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(unit & 0x3FF)), to: &bytes)
                high = nil
            } else {
                flush(&high, &bytes)
                switch unit & 0xFC00 {
                case 0xD800: high = unit
                case 0xDC00: append(0xFFFD, to: &bytes)
                default: append(UInt32(unit), to: &bytes)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func flush(_ high: inout UInt16?, _ bytes: inout [UInt8]) {
        if high != nil { append(0xFFFD, to: &bytes) }
        high = nil
    }

    private func append(_ code: UInt32, to bytes: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(code) else { return }
        bytes.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
    }

    /// The byte that a backslash and this letter stand for.
    private static func unescaped(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: letter
        }
    }

    /// The value of four hexadecimal digits, which the scanner has checked.
    private static func hex(_ digits: UnsafePointer<UInt8>) -> UInt16 {
        var value: UInt16 = 0
        for index in 0..<4 {
            let digit = digits[index]
            value = value << 4 | UInt16(digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57)
        }
        return value
    }
}
