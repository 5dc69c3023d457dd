/// How many columns text takes in a terminal.
enum DisplayWidth {
    /// Columns of `text`, which holds no control characters.
    static func of(_ text: String) -> Int {
        if let count = asciiCount(text) { return count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// Columns of one grapheme cluster: 0, 1 or 2, except that a cluster of joined wide parts is never more than 2.
    static func of(_ character: Character) -> Int {
        if let ascii = character.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
        var width = 0
        for scalar in character.unicodeScalars {
            // The variation selector 16 asks for the emoji form, which is wide.
            if scalar.value == 0xFE0F { return width == 0 ? 0 : 2 }
            width = max(width, of(scalar))
        }
        return width
    }

    /// `text` cut to at most `width` columns, with `mark` as its last part when something was cut.
    static func cut(_ text: String, to width: Int, mark: String) -> String {
        if of(text) <= width { return text }
        let room = width - of(mark)
        guard room >= 0 else { return String(mark.prefix(max(0, width))) }
        var used = 0
        var result = ""
        for character in text {
            let next = of(character)
            if used + next > room { break }
            result.append(character)
            used += next
        }
        return result + mark
    }

    /// `text` filled with spaces to `width` columns; longer text is returned as it is.
    static func pad(_ text: String, to width: Int, right: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - of(text)))
        return right ? blanks + text : text + blanks
    }

    private static func asciiCount(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { bytes in
            for byte in bytes where byte >= 0x7F || byte < 0x20 { return nil }
            return bytes.count
        }
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value == 0xAD || value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        // Hangul vowels and finals join the syllable before them.
        if (0x1160...0x11FF).contains(value) { return 0 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return isWide(value) ? 2 : 1
    }

    /// Ranges that Unicode's EastAsianWidth calls W or F, neighbouring ones joined.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    private static func isWide(_ value: UInt32) -> Bool {
        if value < 0x1100 { return false }
        return wide.contains { $0.contains(value) }
    }
}
