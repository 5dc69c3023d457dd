import Model
import Settings

/// The words that narrow a list: `state=running cost>0.05 module~pay age>2m`.
struct RowQuery: Sendable {
    private enum Comparison: String, CaseIterable, Sendable {
        case notEqual = "!="
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case contains = "~"
        case more = ">"
        case less = "<"
    }

    private struct Term: Sendable {
        var field: String
        var comparison: Comparison
        var value: String
    }

    private var terms: [Term] = []

    /// Reads the words of a query; a word without an operator must stand in the module's, run's or state's name.
    init(_ words: [String]) throws(TuttiError) {
        for word in words.flatMap({ $0.split(separator: " ").map(String.init) }) {
            guard let (comparison, place) = RowQuery.comparison(in: word) else {
                terms.append(Term(field: "", comparison: .contains, value: word))
                continue
            }
            let value = String(word[place.upperBound...])
            guard place.lowerBound > word.startIndex, !value.isEmpty else {
                throw TuttiError(
                    .usage, "\"\(word)\" is not a condition.",
                    hint: "write for example: state=running 'cost>0.05' module~pay 'age>2m'")
            }
            terms.append(Term(field: String(word[..<place.lowerBound]), comparison: comparison, value: value))
        }
    }

    private static func comparison(in word: String) -> (Comparison, Range<String.Index>)? {
        for index in word.indices {
            for comparison in Comparison.allCases where word[index...].hasPrefix(comparison.rawValue) {
                return (comparison, index..<word.index(index, offsetBy: comparison.rawValue.count))
            }
        }
        return nil
    }

    /// Refuses a condition on a field that is not among `known`.
    func check(_ known: [String]) throws(TuttiError) {
        for term in terms where !term.field.isEmpty && !known.contains(RowQuery.name(term.field)) {
            throw RowQuery.unknown(term.field, known)
        }
    }

    private static func name(_ field: String) -> String { field == "age" ? "age_ms" : field }

    private static func unknown(_ field: String, _ known: [String]) -> TuttiError {
        let near = Suggestion.nearest(to: field, among: known).map { "did you mean \($0)? " } ?? ""
        return TuttiError(
            .usage, "There is no field \"\(field)\" to ask for.",
            hint: near + "the fields: " + known.joined(separator: ", "))
    }

    /// Whether `record` passes every condition; a field that it does not have passes only `!=`.
    func matches(_ record: JSONObject) throws(TuttiError) -> Bool {
        for term in terms where try !matches(term, record) { return false }
        return true
    }

    private func matches(_ term: Term, _ record: JSONObject) throws(TuttiError) -> Bool {
        if term.field.isEmpty {
            return ["id", "module", "run_name", "state", "run"].contains { name in
                record[name]?.cell.lowercased().contains(term.value.lowercased()) ?? false
            }
        }
        guard let value = record.value(at: RowQuery.name(term.field)) else {
            throw RowQuery.unknown(term.field, record.members.map(\.key))
        }
        switch term.comparison {
        case .equal: return value.cell.lowercased() == term.value.lowercased()
        case .notEqual: return value.cell.lowercased() != term.value.lowercased()
        case .contains: return value.cell.lowercased().contains(term.value.lowercased())
        case .more, .less, .atLeast, .atMost:
            guard let left = value.number ?? Double(value.cell), let right = RowQuery.number(term.value) else {
                return false
            }
            return switch term.comparison {
            case .more: left > right
            case .less: left < right
            case .atLeast: left >= right
            default: left <= right
            }
        }
    }

    /// A number, or a span like `2m` in milliseconds.
    private static func number(_ text: String) -> Double? {
        Double(text) ?? Spans.milliseconds(text).map { Double($0) }
    }
}

/// Reads spans of time as people type them.
enum Spans {
    /// A span in milliseconds; nil for anything else, a bare number included.
    static func milliseconds(_ text: String) -> Int64? {
        guard let span = Quantity.duration(text) else { return nil }
        return span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000
    }

    /// A span above zero, as the value of `option`.
    static func lasting(_ text: String, _ option: String) throws(TuttiError) -> Duration {
        guard let span = Quantity.duration(text), span > .zero else {
            throw TuttiError(.usage, "\(option) \(text) is no span of time to work in.", hint: "write 90s, 10m, 1h30m")
        }
        return span
    }

    /// The moment that `text` names: a span before `now`, `today`, or `2026-11-21[T12:00[:05]]` (UTC).
    static func moment(_ text: String, now: Timestamp) throws(TuttiError) -> Timestamp {
        if let span = milliseconds(text) { return Timestamp(milliseconds: now.milliseconds - span) }
        if text == "today" { return Timestamp(milliseconds: now.milliseconds - now.milliseconds % 86_400_000) }
        if let moment = date(text) { return moment }
        throw TuttiError(
            .usage, "\"\(text)\" is not a time.", hint: "write a span (90s, 10m, 24h, 7d), today, or 2026-11-21T12:00")
    }

    private static func date(_ text: String) -> Timestamp? {
        var text = text[...]
        if text.last == "Z" { text = text.dropLast() }
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard let day = halves.first, halves.count <= 2 else { return nil }
        let numbers = day.split(separator: "-").map { Int64($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1], let date = numbers[2],
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(date)
        else { return nil }
        var seconds: Int64 = 0
        if halves.count == 2 {
            let parts = halves[1].split(separator: ":", omittingEmptySubsequences: false)
            guard (1...3).contains(parts.count) else { return nil }
            for (part, (unit, most)) in zip(parts, [(3600, 23), (60, 59), (1, 60)] as [(Int64, Int64)]) {
                // Whole numbers alone, but a fraction of the seconds.
                let digits = unit == 1 ? part.prefix { $0 != "." } : part
                guard part.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), part.count <= 12,
                    let number = Int64(digits), number <= most
                else { return nil }
                seconds += number * unit
            }
        }
        // Days from civil, after Howard Hinnant.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Timestamp(milliseconds: (days * 86_400 + seconds) * 1000)
    }
}
