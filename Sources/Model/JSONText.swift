/// Writes JSON as one line of UTF-8: no newline and no escape byte ever stands in it unescaped.
extension JSONValue {
    /// The value as JSON text on one line.
    package var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value's JSON text to `bytes`.
    package func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value):
            // JSON has no word for infinities and NaN; null is what JavaScript writes for them.
            bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let value): JSONValue.write(value, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object): object.write(to: &bytes)
        }
    }

    /// Appends `string` as a JSON string: quotes, backslashes, C0 and C1 controls and DEL are escaped.
    package static func write(_ string: String, to bytes: inout [UInt8]) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { utf8 in
            var start = 0
            var index = 0
            func flush(upTo end: Int) {
                if end > start { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<end])) }
            }
            while index < utf8.count {
                let byte = utf8[index]
                if byte >= 0x20, byte != 0x22, byte != 0x5C, byte != 0x7F, byte != 0xC2 {
                    index += 1
                    continue
                }
                // U+0080 to U+009F are C2 80 to C2 9F: terminals obey them as control codes.
                if byte == 0xC2, index + 1 < utf8.count {
                    let next = utf8[index + 1]
                    if next < 0xA0 {
                        flush(upTo: index)
                        escape(next, to: &bytes)
                        start = index + 2
                    }
                    index += 2
                    continue
                }
                flush(upTo: index)
                switch byte {
                case 0x22: bytes.append(contentsOf: [0x5C, 0x22])
                case 0x5C: bytes.append(contentsOf: [0x5C, 0x5C])
                case 0x0A: bytes.append(contentsOf: [0x5C, UInt8(ascii: "n")])
                case 0x0D: bytes.append(contentsOf: [0x5C, UInt8(ascii: "r")])
                case 0x09: bytes.append(contentsOf: [0x5C, UInt8(ascii: "t")])
                default: escape(byte, to: &bytes)
                }
                index += 1
                start = index
            }
            flush(upTo: utf8.count)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ code: UInt8, to bytes: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(hex[Int(code >> 4)])
        bytes.append(hex[Int(code & 15)])
    }
}

extension JSONObject {
    /// The object as JSON text on one line.
    package var text: String { JSONValue.object(self).text }

    /// Appends the object's JSON text to `bytes`.
    package func write(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONValue.write(member.key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            member.value.write(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}
