import Model

/// Durations, token counts, sizes and money in the few forms that people see.
enum Amounts {
    /// Minutes and seconds, with hours in front when there are any: `00:41`, `1:00:41`.
    static func clock(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(two(minutes)):\(two(rest))"
    }

    /// The same without a leading zero, for ages in tables: `0:58`, `12:03`, `3 d`.
    static func age(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        if seconds >= 2 * 86400 { return "\(seconds / 86400) d" }
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// A span with its unit: `84 ms`, `1.9 s`, `2:05`.
    static func span(milliseconds: Int64) -> String {
        if milliseconds < 1000 { return "\(max(0, milliseconds)) ms" }
        if milliseconds < 60_000 { return "\(tenths(milliseconds, per: 1000)) s" }
        return age(milliseconds: milliseconds)
    }

    /// Seconds with one decimal for logs: `31.0s`.
    static func seconds(milliseconds: Int64) -> String { tenths(max(0, milliseconds), per: 1000) + "s" }

    /// How long ago, in words: `just now`, `2 min ago`, `3 d ago`.
    static func ago(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        return switch seconds {
        case ..<10: "just now"
        case ..<60: "\(seconds) s ago"
        case ..<3600: "\(seconds / 60) min ago"
        case ..<86400: "\(seconds / 3600) h ago"
        default: "\(seconds / 86400) d ago"
        }
    }

    /// A count of tokens, short: `912`, `12.8k`, `1.2M`.
    static func tokens(_ count: Int64) -> String {
        if count < 1000 { return String(count) }
        if count < 999_950 { return tenths(count, per: 1000) + "k" }
        return tenths(count, per: 1_000_000) + "M"
    }

    /// A count with commas between thousands: `41,200`.
    static func grouped(_ count: Int64) -> String {
        let digits = String(count.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (count < 0 ? "-" : "") + result
    }

    /// Money for people: `$0.041` below one dollar, `$12.30` above, `<$0.001` for a trace of it.
    static func money(_ amount: Money) -> String {
        if amount.nanos > 0, amount.nanos < 500_000 { return "<$0.001" }
        let sign = amount.nanos < 0 ? "-" : ""
        let nanos = amount.nanos.magnitude
        if nanos < 999_500_000 {
            let mills = (nanos + 500_000) / 1_000_000
            return "\(sign)$\(mills / 1000).\(three(mills % 1000))"
        }
        let cents = (nanos + 5_000_000) / 10_000_000
        return "\(sign)$\(cents / 100).\(two(Int64(cents % 100)))"
    }

    /// Money that may be unknown: unknown is not nothing.
    static func money(_ amount: Money?) -> String { amount.map { money($0) } ?? "?" }

    /// A size in bytes: `912 B`, `64.0 KiB`, `118 MiB`.
    static func bytes(_ count: Int64) -> String {
        if count < 1024 { return "\(count) B" }
        var (value, unit) = (Double(count) / 1024, 0)
        let units = ["KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let shown = value < 100 ? tenths(Int64((value * 10).rounded()), per: 10) : String(Int64(value.rounded()))
        return "\(shown) \(units[unit])"
    }

    /// `1 session`, `2 sessions`.
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }

    private static func three(_ value: UInt64) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static func tenths(_ value: Int64, per unit: Int64) -> String {
        let rounded = (value * 10 + unit / 2) / unit
        return "\(rounded / 10).\(rounded % 10)"
    }
}
