import Model

/// A table of chosen fields, for `--columns`.
enum RecordTable {
    /// One line for each record, under the fields' names.
    static func lines(_ records: [JSONObject], columns: [String], on surface: Surface) -> [String] {
        var table = Table(
            columns.enumerated().map { index, name in
                let isNumber = records.allSatisfy { record in
                    record.value(at: name).map { $0 == .null || $0.number != nil } ?? true
                }
                return .init(
                    title: name.uppercased(), right: isNumber && !records.isEmpty, flexible: index == columns.count - 1)
            })
        table.rows = records.map { record in columns.map { .init(record.value(at: $0)?.cell ?? "") } }
        return table.lines(on: surface)
    }
}
