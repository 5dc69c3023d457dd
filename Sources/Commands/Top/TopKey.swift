/// One key that a person pressed, made of the bytes that a terminal sends for it.
enum TopKey: Hashable, Sendable {
    case character(Character)
    case enter, escape, erase, up, down, pageUp, pageDown, first, last

    /// The keys in `bytes`, which came together: an escape that nothing follows is the key itself.
    static func keys(in bytes: [UInt8]) -> [TopKey] {
        var keys: [TopKey] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if byte == 0x1B {
                keys += sequence(&rest).map { [$0] } ?? []
                continue
            }
            if byte >= 0x80 {
                keys += scalar(&rest).map { [.character($0)] } ?? []
                continue
            }
            rest = rest.dropFirst()
            switch byte {
            case 0x0A, 0x0D: keys.append(.enter)
            case 0x08, 0x7F: keys.append(.erase)
            case 0x20...: keys.append(.character(Character(Unicode.Scalar(byte))))
            default: break
            }
        }
        return keys
    }

    /// What an escape sequence means; nil for one that means nothing here.
    private static func sequence(_ rest: inout ArraySlice<UInt8>) -> TopKey? {
        rest = rest.dropFirst()
        guard let kind = rest.first, kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else { return .escape }
        rest = rest.dropFirst()
        let parameters = rest.prefix { (0x20...0x3F).contains($0) }
        rest = rest.dropFirst(parameters.count)
        guard let final = rest.popFirst() else { return nil }
        switch (final, parameters.first) {
        case (UInt8(ascii: "A"), _): return .up
        case (UInt8(ascii: "B"), _): return .down
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), UInt8(ascii: "1")?): return .first
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), UInt8(ascii: "4")?): return .last
        case (UInt8(ascii: "~"), UInt8(ascii: "5")?): return .pageUp
        case (UInt8(ascii: "~"), UInt8(ascii: "6")?): return .pageDown
        default: return nil
        }
    }

    /// A character beyond ASCII; nil for bytes that are none.
    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Character? {
        var decoder = UTF8()
        var iterator = rest.makeIterator()
        let result = decoder.decode(&iterator)
        let length = rest.dropFirst().prefix { $0 & 0xC0 == 0x80 }.count + 1
        rest = rest.dropFirst(min(length, 4))
        if case .scalarValue(let scalar) = result, !scalar.properties.isDefaultIgnorableCodePoint {
            return Character(scalar)
        }
        return nil
    }
}
