import Model
import Settings

/// The result of a read command: the records themselves, and how a person sees them.
struct Listing {
    /// The records, as they are stored.
    var records: [JSONObject]
    /// The fields that `csv`, `md` and `--plain` show; the others are only in JSON.
    var columns: [String]
    /// The field that `--quiet` prints.
    var identifier = "id"
    /// One object instead of a list.
    var isSingle = false
    /// The lines for people.
    var human: (Surface) -> [String]

    /// Prints the listing in the form that the options ask for.
    func present(_ options: GlobalOptions, on output: Output) throws {
        if let fields = options.json { return try presentJSON(fields, output) }
        let surface = output.data
        switch options.format {
        case "csv":
            output.lines(
                [columns.map(Listing.csv).joined(separator: ",")]
                    + records.map { row in cells(row).map { Listing.csv(surface.safe($0)) }.joined(separator: ",") })
        case "md":
            output.lines(
                ["| " + columns.joined(separator: " | ") + " |", "|" + columns.map { _ in "---|" }.joined()]
                    + records.map { row in
                        "| " + cells(row).map { surface.safeLine($0).escapedForTable }.joined(separator: " | ") + " |"
                    })
        case let template? where template != "table":
            let template = try Template(template)
            for record in records { output.line(try template.fill(record, surface)) }
        default:
            if options.quiet {
                output.lines(records.compactMap { $0[identifier]?.cell })
            } else if options.plain {
                output.lines(records.map { row in cells(row).map { Sanitizer.line($0) }.joined(separator: "\t") })
            } else {
                output.lines(human(surface))
            }
        }
    }

    private func presentJSON(_ fields: String, _ output: Output) throws {
        if fields == "?" {
            return output.lines(fieldNames)
        }
        var chosen = records
        if fields != "*" {
            let names = fields.split(separator: ",").map { String($0).trimmedSpaces }
            let known = fieldNames
            for name in names where !known.isEmpty && !known.contains(where: { $0 == name || name.hasPrefix($0 + ".") })
            {
                let near = Suggestion.nearest(to: name, among: known).map { "did you mean \($0)? " } ?? ""
                throw TuttiError(
                    .usage, "There is no field \"\(name)\" here.",
                    hint: near + "the fields: " + known.joined(separator: ", "))
            }
            chosen = records.map { record in
                JSONObject(names.map { (key: $0, value: record.value(at: $0) ?? .null) })
            }
        }
        if isSingle, let first = chosen.first {
            output.json(.object(first))
        } else {
            output.json(.array(chosen.map { .object($0) }))
        }
    }

    private var fieldNames: [String] {
        var seen: Set<String> = []
        return records.flatMap { $0.members.map(\.key) }.filter { seen.insert($0).inserted }
    }

    private func cells(_ record: JSONObject) -> [String] { columns.map { record.value(at: $0)?.cell ?? "" } }

    /// One field of comma-separated values, quoted when it must be (RFC 4180).
    static func csv(_ text: String) -> String {
        // A leading = + - or @ is run as a formula by spreadsheets, unless it is plainly a number.
        var text = text
        if let first = text.first, "=+-@\t".contains(first), Double(text) == nil { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension String {
    /// The text without spaces at both ends.
    var trimmedSpaces: String {
        var rest = self[...]
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }

    fileprivate var escapedForTable: String {
        split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
