package import Model
import Settings
import StreamJSON

/// Reads the data that rows are made of.
package enum MatrixData {
    /// The largest file, in bytes.
    static let maxBytes = 16 << 20

    /// One JSON value for each line that is not empty.
    static func lines(_ bytes: [UInt8], file: String) throws(ConfigProblem) -> [JSONValue] {
        var values: [JSONValue] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            do throws(JSONError) { values.append(try JSONValue(parsing: Array(line))) } catch {
                throw ConfigProblem(
                    ConfigPosition(file: file, line: index + 1, column: 1), "this line is no JSON (\(error))",
                    hint: "write one JSON value in each line")
            }
        }
        return values
    }

    /// What the command of an axis printed: a JSON list, or one value a line, each JSON or else text.
    ///
    /// Throws beyond the bytes of a file that rows are read from, and beyond `limit` lines, before anything is made of them.
    package static func printed(
        _ text: String, limit: Int = MatrixDeclaration.maxRows
    ) throws(OutputError) -> [JSONValue] {
        try OutputError.bound(text, "what the command printed")
        if let list = (try? JSONValue(parsing: text))?.array { return list }
        let lines = MatrixData.lineCount(text)
        guard lines <= limit else {
            throw OutputError("the command printed \(lines) values; a matrix has at most \(limit) rows")
        }
        return text.split(whereSeparator: \.isNewline).map { line in
            let line = String(line)
            if line.hasPrefix("{") || line.hasPrefix("["), let value = try? JSONValue(parsing: line) { return value }
            return .string(line)
        }
    }
}

extension MatrixData {
    /// How many lines of a text are not empty.
    static func lineCount(_ text: String) -> Int {
        var (count, isEmpty) = (0, true)
        for byte in text.utf8 {
            let ends = byte == 0x0A || byte == 0x0D
            if isEmpty, !ends { count += 1 }
            isEmpty = ends
        }
        return count
    }
}

/// Comma-separated values after RFC 4180, with a heading.
enum CommaSeparated {
    /// One object of texts for each record below the heading.
    static func rows(_ bytes: [UInt8], file: String) throws(ConfigProblem) -> [JSONValue] {
        let records = try records(bytes, file: file)
        guard let heading = records.first else {
            throw ConfigProblem(
                ConfigPosition(file: file, line: 1, column: 1), "the file is empty",
                hint: "write the names of its columns first")
        }
        if let doubled = Dictionary(grouping: heading.fields, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw ConfigProblem(
                ConfigPosition(file: file, line: 1, column: 1), "two columns are called \"\(doubled.prefix(80))\"",
                hint: "give each column a name of its own")
        }
        var rows: [JSONValue] = []
        for record in records.dropFirst() {
            guard record.fields.count == heading.fields.count else {
                throw ConfigProblem(
                    ConfigPosition(file: file, line: record.line, column: 1),
                    "\(record.fields.count) values below \(heading.fields.count) columns",
                    hint: "put a value that holds a comma in quotes")
            }
            rows.append(.object(JSONObject(zip(heading.fields, record.fields).map { (key: $0, value: .string($1)) })))
        }
        return rows
    }

    private static func records(
        _ bytes: [UInt8], file: String
    ) throws(ConfigProblem) -> [(line: Int, fields: [String])] {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var (line, recordLine, quotedLine) = (1, 1, 0)
        var isQuoted = false
        var index = bytes.startIndex
        func endRecord() {
            fields.append(String(decoding: field, as: UTF8.self))
            // An empty line is no record.
            if fields != [""] { records.append((recordLine, fields)) }
            (fields, field) = ([], [])
        }
        while index < bytes.endIndex {
            let byte = bytes[index]
            let next = bytes.index(after: index)
            if byte == 0x0A { line += 1 }
            if isQuoted {
                if byte != 0x22 {
                    field.append(byte)
                } else if next < bytes.endIndex, bytes[next] == 0x22 {
                    field.append(0x22)
                    index = next
                } else {
                    isQuoted = false
                }
            } else if byte == 0x22, field.isEmpty {
                (isQuoted, quotedLine) = (true, line)
            } else if byte == 0x2C {
                fields.append(String(decoding: field, as: UTF8.self))
                field = []
            } else if byte == 0x0A {
                endRecord()
                recordLine = line
            } else if byte != 0x0D || (next < bytes.endIndex && bytes[next] != 0x0A) {
                field.append(byte)
            }
            index = bytes.index(after: index)
        }
        guard !isQuoted else {
            throw ConfigProblem(
                ConfigPosition(file: file, line: quotedLine, column: 1), "a quoted value begins here and does not end",
                hint: "close it with a quote; a quote inside of it is written twice")
        }
        endRecord()
        return records
    }
}
