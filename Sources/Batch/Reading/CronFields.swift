import Settings

/// Whether a text is a cron expression: five fields, each a list of numbers, names, ranges and steps.
enum CronFields {
    private struct Field {
        var name: String
        var range: ClosedRange<Int>
        var names: [String] = []
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23),
        Field(name: "day of the month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        Field(name: "day of the week", range: 0...7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ]

    /// What is wrong with `text`, or nil.
    static func problem(of text: String) -> SettingMisread? {
        let words = text.split(separator: " ")
        guard words.count == fields.count else {
            return SettingMisread(
                "needs five fields (minute, hour, day, month, weekday), not \(words.count)",
                hint: "\"0 3 * * MON-FRI\" is 03:00 from Monday to Friday")
        }
        for (word, field) in zip(words, fields) {
            for part in word.split(separator: ",", omittingEmptySubsequences: false) {
                guard isValid(part, field) else {
                    var hint = "\(field.range.lowerBound) to \(field.range.upperBound)"
                    if !field.names.isEmpty { hint += ", or \(field.names.joined(separator: " "))" }
                    return SettingMisread(
                        "does not know \"\(part.prefix(40))\" as a \(field.name)", hint: "\(hint), *, 1-5, */10")
                }
            }
        }
        return nil
    }

    private static func isValid(_ part: Substring, _ field: Field) -> Bool {
        let steps = part.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.count <= 2 else { return false }
        if steps.count == 2 {
            guard let step = number(steps[1]), step >= 1, step <= field.range.upperBound else { return false }
        }
        if steps[0] == "*" { return true }
        let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false).map { value($0, field) }
        switch ends.count {
        case 1: return ends[0] != nil
        case 2:
            guard let from = ends[0], let to = ends[1] else { return false }
            return from <= to
        default: return false
        }
    }

    private static func value(_ word: Substring, _ field: Field) -> Int? {
        if let index = field.names.firstIndex(of: word.uppercased()) { return index + field.range.lowerBound }
        return number(word).flatMap { field.range.contains($0) ? $0 : nil }
    }

    private static func number(_ word: Substring) -> Int? {
        !word.isEmpty && word.count <= 4 && word.allSatisfy { $0.isASCII && $0.isNumber } ? Int(word) : nil
    }
}
