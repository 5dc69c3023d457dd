/// Makes text of agents harmless for a terminal: what a terminal would obey becomes text that a person can read.
///
/// Every C0 control but newline and tab, DEL, every C1 control, every bidirectional control and the two Unicode line
/// separators are replaced; everything else, combining marks and emoji included, passes unchanged.
enum Sanitizer {
    /// `text` with newlines and tabs kept and every other control made visible.
    static func text(_ text: String, unicode: Bool = true) -> String {
        guard needsWork(text) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let shown = visible(scalar, unicode: unicode) {
                result.append(contentsOf: shown.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// `text` for a place that holds one line: runs of blanks, newlines included, become one space.
    static func line(_ text: String, unicode: Bool = true) -> String {
        var result = String.UnicodeScalarView()
        var pendingBlank = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20:
                pendingBlank = !result.isEmpty
            default:
                if pendingBlank { result.append(" ") }
                pendingBlank = false
                if let shown = visible(scalar, unicode: unicode) {
                    result.append(contentsOf: shown.unicodeScalars)
                } else {
                    result.append(scalar)
                }
            }
        }
        return String(result)
    }

    /// True when some byte of `text` may start a scalar that has to be shown; most text has none.
    private static func needsWork(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            for byte in bytes {
                if byte < 0x20 {
                    if byte != 0x0A, byte != 0x09 { return true }
                } else if byte == 0x7F || byte == 0xC2 || byte == 0xD8 || byte == 0xE2 || byte == 0xF3 {
                    return true
                }
            }
            return false
        }
    }

    /// What stands for a scalar that a terminal would obey; nil for all others.
    private static func visible(_ scalar: Unicode.Scalar, unicode: Bool) -> String? {
        switch scalar.value {
        case 0x09, 0x0A: nil
        case 0x00..<0x20:
            // U+2400 to U+241F are pictures of the C0 controls; without Unicode, the caret notation of `cat -v`.
            unicode
                ? Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
                : Unicode.Scalar(0x40 + scalar.value).map { "^\($0)" }
        case 0x7F: unicode ? "\u{2421}" : "^?"
        case 0x80..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xE0001: name(scalar)
        default: nil
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "<U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + ">"
    }
}
