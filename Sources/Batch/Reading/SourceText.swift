package import Settings

/// The text of a file by lines, for finding the place of what stands inside of a value.
package struct SourceText: Sendable {
    private let file: String
    private let lines: [[Unicode.Scalar]]

    /// The text of `file`.
    package init(_ bytes: [UInt8], file: String) {
        self.file = file
        var lines: [[Unicode.Scalar]] = [[]]
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars where scalar != "\u{FEFF}" {
            if scalar == "\n" { lines.append([]) } else { lines[lines.count - 1].append(scalar) }
        }
        self.lines = lines
    }

    /// The place `offset` characters after the `opening`th `${{` at or behind `start`.
    ///
    /// However a value is written (plain, quoted, in a block), its templates stand in the file in the same order.
    package func place(ofOpening opening: Int, offset: Int, from start: ConfigPosition) -> ConfigPosition {
        guard start.file == file else { return start }
        let mark = Array("${{".unicodeScalars)
        var left = opening
        var column = start.column - 1
        for line in max(0, start.line - 1)..<max(start.line, lines.count) where line < lines.count {
            while column + 3 <= lines[line].count {
                if lines[line][column...].starts(with: mark) {
                    if left == 0 { return moved(line, column, by: offset) }
                    left -= 1
                }
                column += 1
            }
            column = 0
        }
        return start
    }

    /// A template may go on in the next line, where indentation is no part of it.
    private func moved(_ line: Int, _ column: Int, by offset: Int) -> ConfigPosition {
        var (line, column, left) = (line, column, offset)
        while left > lines[line].count - column, line + 1 < lines.count {
            left -= lines[line].count - column + 1
            line += 1
            column = lines[line].prefix { $0 == " " }.count
            if left < 0 { left = 0 }
        }
        return ConfigPosition(file: file, line: line + 1, column: column + left + 1)
    }
}
