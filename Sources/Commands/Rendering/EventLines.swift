import Model
import Store

/// Events in the form that was asked for: whole lines, some of their fields, cells in columns, or a template.
struct EventLines: Sendable {
    private enum Form: Sendable {
        case whole
        case fields([String])
        case cells(CellForm)
        case template(Template)
        case numbers
    }

    /// The fields that `--plain`, csv and md show.
    static let columns = ["seq", "ts", "type", "run", "session", "module", "text"]

    private let form: Form
    private let surface: Surface

    /// The form that the options ask for.
    init(_ options: GlobalOptions, on surface: Surface) throws(TuttiError) {
        self.surface = surface
        if let fields = options.json {
            guard fields != "*" else {
                form = .whole
                return
            }
            let names = FieldNames.list(fields)
            try FieldNames.check(names, among: EventCatalog.fieldNames)
            form = .fields(names)
            return
        }
        switch try RowForm(options) {
        case .people: form = .whole
        case .identifiers: form = .numbers
        case .cells(let cells): form = .cells(cells)
        case .template(let template):
            try template.check(EventCatalog.fieldNames)
            form = .template(template)
        }
    }

    /// True when the options ask for events instead of what a person reads.
    static func areWanted(_ options: GlobalOptions) -> Bool {
        options.json != nil || options.format.map { $0 != "table" } ?? false
    }

    /// The lines above the first event.
    var head: [String] {
        if case .cells(let cells) = form { cells.head(EventLines.columns) } else { [] }
    }

    /// The line of an event whose whole line is `text`.
    func line(_ text: String) -> String {
        switch form {
        case .whole: return text
        case .fields(let names):
            let record = JSONReader.value(text)?.object ?? [:]
            return JSONValue.object(JSONObject(names.map { (key: $0, value: record.value(at: $0) ?? .null) })).text
        case .cells(let cells):
            let record = JSONReader.value(text)?.object ?? [:]
            return cells.line(EventLines.columns.map { record.value(at: $0)?.cell ?? "" }, surface)
        case .template(let template):
            return template.fillLoosely(JSONReader.value(text)?.object ?? [:], surface)
        case .numbers: return JSONReader.value(text)?["seq"]?.text ?? ""
        }
    }
}
