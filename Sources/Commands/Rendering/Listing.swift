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
    /// The fields that every record has, for a list that may be empty.
    var fields: [String] = []
    /// The identifiers of the table's rows, which `%1`, `%2`, … name afterwards.
    var rows: [String]?
    /// The lines for people.
    var human: (Surface) -> [String]

    /// Prints the listing in the form that the options ask for.
    func present(_ options: GlobalOptions, on output: Output) throws {
        if let fields = options.json { return try presentJSON(fields, output) }
        let surface = output.data
        switch try RowForm(options) {
        case .people:
            output.lines(human(surface))
            if surface.isTerminal, let rows, !rows.isEmpty { output.rows?.keep(rows) }
        case .identifiers: output.lines(records.compactMap { $0[identifier]?.cell })
        case .cells(let form):
            output.lines(form.head(columns) + records.map { form.line(cells($0), surface) })
        case .template(let template):
            try template.check(fieldNames)
            for record in records { output.line(try template.fill(record, surface)) }
        }
    }

    private func presentJSON(_ fields: String, _ output: Output) throws {
        if fields == "?" {
            return output.lines(fieldNames)
        }
        var chosen = records
        if fields != "*" {
            let names = FieldNames.list(fields)
            try FieldNames.check(names, among: fieldNames)
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
        return (fields + records.flatMap { $0.members.map(\.key) }).filter { seen.insert($0).inserted }
    }

    private func cells(_ record: JSONObject) -> [String] { columns.map { record.value(at: $0)?.cell ?? "" } }
}

extension String {
    /// The text without spaces at both ends.
    var trimmedSpaces: String {
        var rest = self[...]
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
