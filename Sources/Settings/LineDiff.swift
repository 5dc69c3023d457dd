/// What changed between two texts, line by line.
package enum LineDiff {
    /// Lines of `old` that are gone (`- `), lines of `new` that came (`+ `), with up to `context` unchanged ones (`  `)
    /// around and `@@ line N` before each place, N counted in `new`. Empty when nothing changed.
    package static func between(_ old: String, _ new: String, context: Int = 2) -> [String] {
        let left = lines(old)
        let right = lines(new)
        let marked = marks(left, right)
        guard marked.contains(where: { $0.mark != " " }) else { return [] }
        var shown = [Bool](repeating: false, count: marked.count)
        for (index, line) in marked.enumerated() where line.mark != " " {
            for near in max(0, index - context)...min(marked.count - 1, index + context) { shown[near] = true }
        }
        var output: [String] = []
        var number = 1
        for (index, line) in marked.enumerated() {
            if shown[index] {
                if index == 0 || !shown[index - 1] { output.append("@@ line \(number)") }
                output.append("\(line.mark) \(line.text)")
            }
            if line.mark != "-" { number += 1 }
        }
        return output
    }

    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func marks(_ left: [Substring], _ right: [Substring]) -> [(mark: Character, text: Substring)] {
        let start = zip(left, right).prefix { $0 == $1 }.count
        let end = min(
            zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count, min(left.count, right.count) - start)
        let old = Array(left[start..<left.count - end])
        let new = Array(right[start..<right.count - end])
        var middle: [(mark: Character, text: Substring)] = []
        // Beyond this the table of common lines would be large; all old lines, then all new ones, is true as well.
        if old.count * new.count > 4_000_000 {
            middle = old.map { ("-", $0) } + new.map { ("+", $0) }
        } else {
            middle = common(old, new)
        }
        return left[..<start].map { (" ", $0) } + middle + left[(left.count - end)...].map { (" ", $0) }
    }

    /// Marks by the longest common subsequence.
    private static func common(_ old: [Substring], _ new: [Substring]) -> [(mark: Character, text: Substring)] {
        let width = new.count + 1
        var table = [Int32](repeating: 0, count: (old.count + 1) * width)
        for row in stride(from: old.count - 1, through: 0, by: -1) {
            for column in stride(from: new.count - 1, through: 0, by: -1) {
                table[row * width + column] =
                    old[row] == new[column]
                    ? table[(row + 1) * width + column + 1] + 1
                    : max(table[(row + 1) * width + column], table[row * width + column + 1])
            }
        }
        var marked: [(mark: Character, text: Substring)] = []
        var (row, column) = (0, 0)
        while row < old.count || column < new.count {
            if row < old.count, column < new.count, old[row] == new[column] {
                marked.append((" ", old[row]))
                (row, column) = (row + 1, column + 1)
            } else if column == new.count
                || row < old.count && table[(row + 1) * width + column] >= table[row * width + column + 1]
            {
                marked.append(("-", old[row]))
                row += 1
            } else {
                marked.append(("+", new[column]))
                column += 1
            }
        }
        return marked
    }
}
