import Model
import Settings

/// How rows are printed when JSON was not asked for.
enum RowForm {
    /// As a person sees them.
    case people
    /// Identifiers alone (`--quiet`).
    case identifiers
    /// Cells in columns (`--plain`, `--format csv`, `--format md`).
    case cells(CellForm)
    /// A template for each row.
    case template(Template)

    /// The words that `--format` knows beside templates.
    static let words = ["table", "csv", "md"]

    /// The form that the options ask for; a word that is neither a form nor a template is refused.
    init(_ options: GlobalOptions) throws(TuttiError) {
        switch options.format {
        case "csv": self = .cells(.csv)
        case "md": self = .cells(.md)
        case let text? where text != "table":
            guard text.contains("{{") else {
                if text == "json" {
                    throw TuttiError(
                        .usage, "JSON is no form of --format.", hint: "it has an option of its own: --json")
                }
                throw TuttiError(
                    .usage, "\"\(text)\" is no form.",
                    hint: Suggestion.start(for: text, among: RowForm.words)
                        + "one of table, csv, md, or a template like '{{id}} {{state}}'; the fields: --json=?")
            }
            self = .template(try Template(text))
        default: self = options.quiet ? .identifiers : options.plain ? .cells(.plain) : .people
        }
    }
}

/// Cells on one line.
enum CellForm {
    case plain, csv, md

    /// The lines above the rows.
    func head(_ columns: [String]) -> [String] {
        switch self {
        case .plain: []
        case .csv: [columns.map(CellForm.csv).joined(separator: ",")]
        case .md: ["| " + columns.joined(separator: " | ") + " |", "|" + columns.map { _ in "---|" }.joined()]
        }
    }

    /// One row.
    func line(_ cells: [String], _ surface: Surface) -> String {
        switch self {
        case .plain: cells.map { Sanitizer.line($0) }.joined(separator: "\t")
        case .csv: cells.map { CellForm.csv(surface.safe($0)) }.joined(separator: ",")
        case .md:
            "| "
                + cells.map { CellForm.replacing("|", by: "\\|", in: surface.safeLine($0)) }.joined(separator: " | ")
                + " |"
        }
    }

    /// One field of comma-separated values, quoted when it must be (RFC 4180).
    static func csv(_ text: String) -> String {
        // A leading = + - or @ is run as a formula by spreadsheets, unless it is plainly a number.
        var text = text
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first), Double(text) == nil {
            text = "'" + text
        }
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + replacing("\"", by: "\"\"", in: text) + "\""
    }

    /// By scalars: with a combining mark behind it a quote is the beginning of another character, and a quote all the same.
    private static func replacing(_ scalar: Unicode.Scalar, by text: String, in whole: String) -> String {
        var result = String.UnicodeScalarView()
        for each in whole.unicodeScalars {
            if each == scalar { result.append(contentsOf: text.unicodeScalars) } else { result.append(each) }
        }
        return String(result)
    }
}

/// Names of fields that a person typed.
enum FieldNames {
    /// The names in `text`, which commas separate.
    static func list(_ text: String) -> [String] { text.split(separator: ",").map { String($0).trimmedSpaces } }

    /// Refuses a name that is not among `known`, with a suggestion; dots reach into objects.
    static func check(_ names: [String], among known: [String]) throws(TuttiError) {
        guard !known.isEmpty else { return }
        for name in names where !known.contains(where: { $0 == name || name.hasPrefix($0 + ".") }) {
            let near = Suggestion.nearest(to: name, among: known).map { "did you mean \($0)? " } ?? ""
            throw TuttiError(
                .usage, "There is no field \"\(name)\" here.",
                hint: near + "the fields: " + known.joined(separator: ", "))
        }
    }
}

/// Words that must be of a closed list.
enum Vocabulary {
    /// Refuses a word that is not among `known`, with a suggestion.
    static func check(_ words: some Sequence<String>, _ noun: String, among known: [String]) throws(TuttiError) {
        for word in words where !known.contains(word) {
            throw TuttiError(
                .usage, "There is no \(noun) \"\(word)\".",
                hint: Suggestion.start(for: word, among: known) + "one of: " + known.joined(separator: ", "))
        }
    }
}
