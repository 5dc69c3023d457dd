import ArgumentParser
import Model

/// `tutti doctor`: is all in place?
struct DoctorCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Is all in place? Runs no provider.",
        usage: "tutti doctor [--fix] [--bundle [--output FILE]]",
        discussion: """
            --fix changes only what cannot lose anything: rights of files that others could read, lock files that nobody
            holds, and work that a dead coordinator left. --bundle writes a file for a report: no questions, no answers,
            no names of modules, no values of settings or variables (but TERM, LANG and LC_ALL).
            """)
    @Flag(help: "Put right what can be put right without a question.") var fix = false
    @Flag(help: "Write a file for a report.") var bundle = false
    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where --bundle writes.", valueName: "file"))
    var output: String?
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(bundle ? ["file"] : ["check", "state", "detail", "fix"]) }

    func run(in context: CommandContext) throws {
        let repaired = fix ? Repairs(context).findings() : []
        let findings = Examination(context).findings()
        if bundle {
            let date = context.now.iso8601.prefix(19).filter { $0 != ":" }
            let file = output ?? context.directory + "/tutti-report-\(date).txt"
            try FileBytes.write(ReportBundle.text(findings, context), to: file, mode: 0o600)
            let record: JSONObject = ["file": .string(file)]
            return try Listing(records: [record], columns: ["file"], identifier: "file", isSingle: true) {
                ["wrote   " + $0.safeLine(file), "read it before you send it: no question, answer or value is in it"]
            }.present(options, on: context.output)
        }
        let all = repaired + findings
        let problems = all.count { $0.state == .problem }
        let warnings = all.count { $0.state == .warning }
        let unused = all.filter { $0.state == .unused }.map(\.check)
        let listing = Listing(
            records: all.map(\.record), columns: ["check", "state", "detail", "fix"], identifier: "check"
        ) { surface in
            all.map { $0.line(on: surface) }
                + [
                    problems + warnings == 0
                        ? unused.isEmpty
                            ? "all is in place"
                            : "all that is used is in place; not to be started: \(unused.joined(separator: ", "))"
                        : "\(Amounts.count(problems, "problem")), \(Amounts.count(warnings, "warning"))"
                ]
        }
        try listing.present(options, on: context.output)
        if problems > 0 { throw Exit(.someFailed) }
    }
}

/// One thing that was looked at.
struct Finding: Sendable {
    /// How it stands.
    enum State: String, Sendable {
        case good, warning, problem, absent
        /// It does not work, and nothing needs it.
        case unused
    }

    var check: String
    var state: State
    var detail: String
    /// What to do about it.
    var fix: String?
    /// What a report may say instead: without values, names and words of other programs. Nil when the detail holds none.
    var report: String?

    /// A finding.
    init(check: String, state: State, detail: String, fix: String? = nil, report: String? = nil) {
        self.check = check
        self.state = state
        self.detail = detail
        self.fix = fix
        self.report = report
    }

    /// What `error` kept from being looked at or put right.
    init(check: String, _ error: any Error, fix: String) {
        let told = error as? TuttiError
        // The place of a wrong setting says where to look; the words after it quote its value.
        let place = told?.code == .badConfiguration ? told?.message.prefix { $0 != " " } : nil
        self.init(
            check: check, state: .problem, detail: told?.message ?? "\(error)", fix: told?.hint ?? fix,
            report: [told.map { ErrorText.word($0.code) } ?? "error", place.map(String.init)].compactMap(\.self)
                .joined(separator: " "))
    }

    /// The finding as a record.
    var record: JSONObject {
        ["check": .string(check), "state": .string(state.rawValue), "detail": .string(detail), "fix": .optional(fix)]
    }

    /// The finding on one line.
    func line(on surface: Surface) -> String {
        let glyphs = surface.glyphs
        let (sign, tint): (String, Tint) =
            switch state {
            case .good: (glyphs.done, .green)
            case .warning: (glyphs.warning, .yellow)
            case .problem: (glyphs.failed, .red)
            case .absent: (glyphs.none, .dim)
            case .unused: (glyphs.warning, .dim)
            }
        let head =
            " " + surface.paint(DisplayWidth.pad(sign, to: glyphs.width), tint) + " " + DisplayWidth.pad(check, to: 10)
        return head + surface.safeLine(detail) + (fix.map { "   fix: " + surface.safeLine($0) } ?? "")
    }
}
