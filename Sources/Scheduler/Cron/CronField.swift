/// One of the five fields of a cron expression: the values at which it matches.
struct CronField: Hashable, Sendable {
    /// Which field it is: its name, its values, and the names that people may write for them.
    struct Kind: Sendable {
        let name: String
        let values: ClosedRange<Int>
        var names: [String] = []
        /// What is written for one value more than the last: 7 is Sunday, as 0 is.
        var alias: Int?

        static let minute = Kind(name: "minute", values: 0...59)
        static let hour = Kind(name: "hour", values: 0...23)
        static let day = Kind(name: "day of the month", values: 1...31)
        static let month = Kind(
            name: "month", values: 1...12,
            names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
        static let weekday = Kind(
            name: "day of the week", values: 0...6, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], alias: 7)
    }

    private var bits: UInt64 = 0
    /// True when it begins with `*`: then a day field leaves the choice of days to the other one.
    let isFree: Bool

    /// True at `value`.
    func matches(_ value: Int) -> Bool { bits & (1 << UInt64(value)) != 0 }

    /// The first match at or after `value`; nil when there is none left.
    func first(from value: Int) -> Int? {
        guard value < 64 else { return nil }
        let rest = bits & (~0 << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// True when it matches each of its values.
    func isEvery(_ kind: Kind) -> Bool { kind.values.allSatisfy { matches($0) } }

    /// Reads `*`, `5`, `1-5`, `MON-FRI`, `*/15`, `10-50/20`, `5/10`, and lists of these.
    init(_ text: Substring, _ kind: Kind) throws(CronError) {
        isFree = text.hasPrefix("*")
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2, !pieces[0].isEmpty else { throw CronField.error(part, kind, "is not complete") }
            var step = 1
            if pieces.count == 2 {
                guard let number = CronField.number(pieces[1]), number > 0 else {
                    throw CronField.error(part, kind, "has a step that is not a number from 1")
                }
                step = number
            }
            let range = try CronField.range(pieces[0], kind, isOpen: pieces.count == 2)
            for value in stride(from: range.lowerBound, through: range.upperBound, by: step) {
                bits |= 1 << UInt64(value == kind.alias ? 0 : value)
            }
        }
    }

    private static func range(_ text: Substring, _ kind: Kind, isOpen: Bool) throws(CronError) -> ClosedRange<Int> {
        if text == "*" { return kind.values }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw error(text, kind, "has more than two ends") }
        let first = try value(ends[0], kind)
        guard ends.count == 2 else { return isOpen ? first...max(first, kind.values.upperBound) : first...first }
        let last = try value(ends[1], kind)
        guard first <= last else {
            throw error(
                text, kind,
                "ends before it begins; write two parts: \(ends[0])-\(kind.values.upperBound),"
                    + "\(kind.values.lowerBound)-\(ends[1])")
        }
        return first...last
    }

    private static func value(_ text: Substring, _ kind: Kind) throws(CronError) -> Int {
        if let place = kind.names.firstIndex(of: text.uppercased()) { return kind.values.lowerBound + place }
        guard let number = number(text) else {
            let names = kind.names.first.map { " and \($0) to \(kind.names.last ?? $0)" } ?? ""
            throw error(
                text, kind, "is no value; there are \(kind.values.lowerBound) to \(kind.values.upperBound)\(names)")
        }
        guard kind.values.contains(number) || number == kind.alias else {
            throw error(text, kind, "is not from \(kind.values.lowerBound) to \(kind.values.upperBound)")
        }
        return number
    }

    /// A number of digits alone, small enough not to be a mistake.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func error(_ part: Substring, _ kind: Kind, _ what: String) -> CronError {
        CronError("\"\(part)\" in the field for the \(kind.name) \(what).")
    }
}

/// Why a cron expression cannot be read.
package struct CronError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was written and what could be, for the person who wrote it.
    package let message: String

    init(_ message: String) { self.message = message }

    package var description: String { message }
}
