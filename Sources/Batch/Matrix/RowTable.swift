import Model

/// Rows while they are gathered: each once, the first one in front.
struct RowTable {
    private(set) var rows: [MatrixRow] = []
    /// The key of the first row that was added twice.
    private(set) var doubled: String?
    private var places: [JSONObject: Int] = [:]

    /// Adds a row, or lets the row of the same values be changed by it.
    mutating func add(_ row: MatrixRow) {
        if let place = places[row.values] {
            if let included = row.included {
                rows[place].included = included
            } else if doubled == nil {
                doubled = row.key
            }
            return
        }
        places[row.values] = rows.count
        rows.append(row)
    }

    /// Removes rows; false when there was none.
    mutating func remove(where isUnwanted: (MatrixRow) -> Bool) -> Bool {
        let before = rows.count
        rows.removeAll(where: isUnwanted)
        places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($0.element.values, $0.offset) })
        return rows.count < before
    }

    /// The rows, each with a key of its own: values that look alike get `~2`, `~3`.
    var named: [MatrixRow] {
        var taken: [String: Int] = [:]
        var known = Set(rows.map(\.key))
        return rows.map { row in
            var row = row
            let count = (taken[row.key] ?? 0) + 1
            taken[row.key] = count
            guard count > 1 else { return row }
            var number = count
            while !known.insert("\(row.key)~\(number)").inserted { number += 1 }
            row.key += "~\(number)"
            return row
        }
    }
}

extension JSONValue {
    /// Equal, or written alike: a file of comma-separated values has texts only.
    func isAlike(_ other: JSONValue) -> Bool {
        if Comparison.areEqual(self, other) { return true }
        switch (self, other) {
        case (.string(let text), .integer), (.string(let text), .number), (.string(let text), .bool):
            return text == other.text
        case (.integer, .string(let text)), (.number, .string(let text)), (.bool, .string(let text)):
            return text == self.text
        default: return false
        }
    }
}
