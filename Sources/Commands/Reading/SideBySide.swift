/// Texts in columns beside each other, wrapped to the surface; below each other where there is no room.
enum SideBySide {
    /// One text and what stands over it.
    struct Side: Sendable {
        var title: String
        var text: String
    }

    private static let leastWidth = 28

    /// The columns as lines.
    static func lines(_ sides: [Side], on surface: Surface) -> [String] {
        let total = surface.isTerminal ? surface.width - 1 : max(100, surface.width)
        let perRow = max(1, min(sides.count, (total + 3) / (leastWidth + 3)))
        var lines: [String] = []
        for start in stride(from: 0, to: sides.count, by: perRow) {
            let group = Array(sides[start..<min(sides.count, start + perRow)])
            if start > 0 { lines.append("") }
            lines += row(group, width: (total - 3 * (group.count - 1)) / group.count, surface)
        }
        return lines
    }

    private static func row(_ sides: [Side], width: Int, _ surface: Surface) -> [String] {
        let separator = surface.unicode ? " │ " : " | "
        let wrapped = sides.map { side in
            surface.safe(side.text).split(separator: "\n", omittingEmptySubsequences: false)
                .flatMap { wrap(Sanitizer.expandTabs(String($0)), width) }
        }
        let titles = sides.map { DisplayWidth.pad(surface.cut(surface.safeLine($0.title), to: width), to: width) }
        var lines = [titles.map { surface.paint($0, .bold) }.joined(separator: separator).trimmedEnd]
        lines.append(surface.rule(width * sides.count + 3 * (sides.count - 1)))
        for index in 0..<(wrapped.map(\.count).max() ?? 0) {
            let cells = wrapped.map { DisplayWidth.pad(index < $0.count ? $0[index] : "", to: width) }
            lines.append(cells.joined(separator: separator).trimmedEnd)
        }
        return lines
    }

    /// `line` broken at spaces into pieces of at most `width` columns; longer words are cut.
    static func wrap(_ line: String, _ width: Int) -> [String] {
        guard DisplayWidth.of(line) > width else { return [line] }
        var result: [String] = []
        var current = ""
        var used = 0
        var breakAt: (index: String.Index, used: Int)?
        for character in line {
            let next = DisplayWidth.of(character)
            if used + next > width {
                if let place = breakAt {
                    let rest = String(current[place.index...].drop { $0 == " " })
                    result.append(String(current[..<place.index]).trimmedEnd)
                    current = rest
                } else {
                    result.append(current)
                    current = ""
                }
                used = DisplayWidth.of(current)
                breakAt = nil
                if current.isEmpty, character == " " { continue }
            }
            if character == " " { breakAt = (current.endIndex, used) }
            current.append(character)
            used += next
        }
        return result + [current]
    }
}

extension Sanitizer {
    /// Tabs as spaces, so that columns can be counted.
    static func expandTabs(_ line: String) -> String {
        line.contains("\t")
            ? line.split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "    ") : line
    }
}
