import Model

/// What a command prints for programs, known before it does anything.
///
/// Commands that change something name it, so that a form or a field that does not exist is refused while nothing is
/// changed yet: a run that was submitted goes on, and spends, although its view could not be made.
enum OutputShape: Sendable {
    /// Records with these fields.
    case records([String])
    /// Events as they are found.
    case events
    /// The events of one run, which the command attends to its end: the last one is always `run.finished`.
    case run

    /// Refuses what `options` ask for and this shape does not have. True when they only asked for the fields' names, which
    /// are then printed.
    func answer(_ options: GlobalOptions, _ output: Output) throws(TuttiError) -> Bool {
        switch self {
        case .records(let fields):
            if options.json == "?" {
                output.lines(fields)
                return true
            }
            if let json = options.json {
                if json != "*" { try FieldNames.check(FieldNames.list(json), among: fields) }
            } else if case .template(let template) = try RowForm(options) {
                try template.check(fields)
            }
        case .events, .run:
            if options.json == "?" {
                output.lines(EventCatalog.fieldNames)
                return true
            }
            _ = try EventLines(options, on: output.data)
        }
        return false
    }

    /// True when standard output carries the events of a run and nothing else.
    func isStream(_ options: GlobalOptions, _ progress: ProgressChoice) -> Bool {
        guard case .run = self else { return false }
        return options.json != nil || progress == .json
    }
}

extension EventLines {
    /// The last two lines of a run that `error` ended or kept from beginning, for whoever reads its events.
    static func ending(_ error: TuttiError, _ options: GlobalOptions, at time: Timestamp, _ output: Output) {
        let exit = JSONValue.integer(Int64(error.code.rawValue))
        let told: JSONObject = [
            "code": .string(ErrorText.word(error.code)), "exit": exit, "message": .string(error.message),
            "hint": .string(error.hint),
        ]
        // Options that cannot be obeyed are what most often is wrong: then whole lines tell it.
        let lines = try? EventLines(options, on: output.data)
        for event in [
            Event(time: time, type: .error, data: told), Event(time: time, type: .runFinished, data: ["exit": exit]),
        ] {
            let text = JSONValue.object(event.json).text
            output.jsonLine(lines?.line(text) ?? text)
        }
    }
}
