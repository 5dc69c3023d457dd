package import Model

/// How people write spans of time, sizes and money in settings and flags.
package enum Quantity {
    /// No span of time is longer: 10,000 days.
    package static let longestDuration = Duration.seconds(10_000 * 86_400)

    /// Reads a span of time: `500ms`, `10s`, `10m`, `1h30m`, `2d`; nil when it is none, negative or over 10,000 days.
    ///
    /// Units are written from the largest to the smallest, each at most once; a fraction (`1.5s`) may stand in the last.
    package static func duration(_ text: String) -> Duration? {
        let units: [(name: String, nanoseconds: Double)] = [
            ("d", 86_400e9), ("h", 3600e9), ("m", 60e9), ("s", 1e9), ("ms", 1e6),
        ]
        if text == "0" { return .zero }
        var rest = Substring(text)
        var next = 0
        var total = 0.0
        var sawFraction = false
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            guard !sawFraction, let number = takeNumber(&rest) else { return nil }
            sawFraction = number.hasFraction
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            guard let index = units.firstIndex(where: { $0.name == unit }), index >= next else { return nil }
            rest = rest.dropFirst(unit.count)
            next = index + 1
            total += number.value * units[index].nanoseconds
        }
        guard total <= 10_000 * 86_400e9 else { return nil }
        return .nanoseconds(Int64(total.rounded()))
    }

    /// Reads a size in bytes: `4096`, `512KiB`, `1.5GiB`, `20MB` (powers of 1000 without the `i`); nil when it is none.
    package static func size(_ text: String) -> Int64? {
        let units: [String: Double] = [
            "": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 1024, "MIB": 1_048_576,
            "GIB": 1_073_741_824, "TIB": 1_099_511_627_776,
        ]
        var rest = Substring(text)
        guard let number = takeNumber(&rest) else { return nil }
        if rest.first == " " { rest = rest.dropFirst() }
        guard let factor = units[rest.uppercased()], !(factor == 1 && number.hasFraction) else { return nil }
        let bytes = number.value * factor
        return bytes < 9e18 ? Int64(bytes.rounded()) : nil
    }

    /// Reads a number of things: `200`, `20k`, `1.5M`, `2G`; nil when it is none.
    package static func count(_ text: String) -> Int64? {
        let units: [Character: Double] = ["k": 1e3, "M": 1e6, "G": 1e9]
        let factor = text.last.flatMap { units[$0] }
        let digits = factor == nil ? text[...] : text.dropLast()
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
        guard areDigits, parts.count == 1 || (parts.count == 2 && factor != nil), digits.count <= 15,
            let number = Double(digits)
        else { return nil }
        let count = number * (factor ?? 1)
        return count < 9e15 && count.rounded() == count ? Int64(count) : nil
    }

    /// Reads an amount of dollars: `2`, `2.00`, `$0.5`; nil when it is none, negative or finer than a billionth.
    package static func money(_ text: String) -> Money? {
        var rest = Substring(text)
        if rest.first == "$" { rest = rest.dropFirst() }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = digits(parts[0]), whole < 9_000_000_000 else { return nil }
        guard parts.count == 2 else { return Money(nanos: whole * 1_000_000_000) }
        guard let fraction = digits(parts[1]), parts[1].count <= 9 else { return nil }
        var scaled = fraction
        for _ in parts[1].count..<9 { scaled *= 10 }
        return Money(nanos: whole * 1_000_000_000 + scaled)
    }

    /// Writes a span of time as `duration(_:)` reads it: `1h30m`, `500ms`, `0`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { return "0" }
        var words = ""
        for (name, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
            as [(String, Int64)]
        {
            let count = milliseconds / length
            if count > 0 { words += "\(count)\(name)" }
            milliseconds %= length
        }
        return words
    }

    /// Writes a size as `size(_:)` reads it, in the largest unit that divides it: `512MiB`.
    package static func text(size: Int64) -> String {
        for (name, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
            as [(String, Int64)]
        where size >= factor && size % factor == 0 {
            return "\(size / factor)\(name)"
        }
        return String(size)
    }

    private static func digits(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64(text)
    }

    private static func takeNumber(_ rest: inout Substring) -> (value: Double, hasFraction: Bool)? {
        let whole = rest.prefix { $0.isASCII && $0.isNumber }
        guard !whole.isEmpty, whole.count <= 18 else { return nil }
        rest = rest.dropFirst(whole.count)
        guard rest.first == "." else { return Double(whole).map { ($0, false) } }
        let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard !fraction.isEmpty, fraction.count <= 9 else { return nil }
        rest = rest.dropFirst(fraction.count + 1)
        return Double("\(whole).\(fraction)").map { ($0, true) }
    }
}
