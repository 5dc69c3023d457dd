import ArgumentParser
import Model

/// `tutti doctor`: is all in place?
struct DoctorCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Is all in place? Runs no provider.", usage: "tutti doctor")
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let findings = Examination(context).findings()
        let problems = findings.count { $0.state == .problem }
        let warnings = findings.count { $0.state == .warning }
        let listing = Listing(
            records: findings.map(\.record), columns: ["check", "state", "detail", "fix"], identifier: "check"
        ) { surface in
            findings.map { $0.line(on: surface) } + [
                problems + warnings == 0
                    ? "all is in place"
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
    }

    var check: String
    var state: State
    var detail: String
    /// What to do about it.
    var fix: String?

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
            }
        let head =
            " " + surface.paint(DisplayWidth.pad(sign, to: glyphs.width), tint) + " " + DisplayWidth.pad(check, to: 10)
        return head + surface.safeLine(detail) + (fix.map { "   fix: " + surface.safeLine($0) } ?? "")
    }
}
