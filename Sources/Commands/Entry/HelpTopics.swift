import Model
import Settings

/// The pages of `tutti help TOPIC` that belong to no command.
enum HelpTopics {
    /// The names of the pages.
    static let names = ["exit-codes", "json", "environment"]

    /// The page `name`, nil when there is none.
    static func text(_ name: String, _ surface: Surface) -> String? {
        switch name {
        case "exit-codes": exitCodes(surface)
        case "json": json
        case "environment": environment(surface)
        default: nil
        }
    }

    private static func exitCodes(_ surface: Surface) -> String {
        var table = Table([.init(title: "CODE", right: true), .init(title: "NAME"), .init(title: "MEANING")])
        table.rows = ExitCode.allCases.map {
            [.init(String($0.rawValue)), .init(ErrorText.word($0)), .init(meaning($0))]
        }
        return table.lines(on: surface).joined(separator: "\n")
            + "\n\nWhen several apply: 130 or 143, 70, 74, 6, 3, 4, 2, 1. The same number is `exit` in JSON.\n"
    }

    private static func meaning(_ code: ExitCode) -> String {
        switch code {
        case .success: "all that was asked is done (-d: accepted)"
        case .someFailed: "finished, at least one session failed"
        case .quorumMissed: "some results, fewer than --any asked for"
        case .timedOut: "timed out"
        case .needsInput: "needs input and nobody can answer"
        case .cancelledByOther: "cancelled by someone else"
        case .budget: "stopped by a budget or limit"
        case .usage: "wrong usage"
        case .badInput: "bad input data"
        case .notFound: "no such run, session, module or file"
        case .providerUnavailable: "provider missing or not signed in"
        case .internalError: "a bug in Tutti"
        case .cannotCreate: "cannot create a file, folder or socket"
        case .storeFailed: "the store cannot be read or written, or its disk is full"
        case .tryAgain: "try again: busy"
        case .protocolUnknown: "a provider speaks what this version does not know"
        case .notAllowed: "not trusted, or permission denied"
        case .badConfiguration:
            "bad configuration (file:line:column), or a store of a newer Tutti: refused, not changed"
        case .interrupted: "SIGINT"
        case .brokenPipe: "SIGPIPE (quiet)"
        case .terminated: "SIGTERM"
        }
    }

    private static let json = """
        Every read command has --json: one document in one line. --json=id,state picks fields, --json=? lists them.
        `tutti events`, and `tutti ask --json`, print one object per line (NDJSON), each flushed, without escape bytes:

          {"v":1,"seq":48213,"ts":"2026-11-21T12:05:02.113Z","type":"text.delta","run":"…","session":"…",…}

        seq is the number of the event in the store: `tutti events --from SEQ` goes on after it. The last line of a
        run is always run.finished with `exit`; a missing last line means a crash. Within v 1, fields are only added;
        ignore types that you do not know. Money is a string of dollars beside an integer `…_micros`; spans are integers
        in milliseconds (`…_ms`); times are UTC. Errors: {"error":{"code","exit","message","hint"}}.

        """

    private static func environment(_ surface: Surface) -> String {
        var table = Table([.init(title: "VARIABLE"), .init(title: "MEANING")])
        var rows: [(String, String)] = SettingKey.all.compactMap { key in key.environment.map { ($0, key.summary) } }
        rows += [
            ("TUTTI_CONFIG", "The project's settings file."),
            ("TUTTI_PROGRESS", "auto, tty, plain, json or quiet."),
            ("TUTTI_COLOR", "auto, always or never."),
            ("NO_COLOR, TUTTI_NO_COLOR", "No colours, when not empty."),
            ("CLICOLOR_FORCE, FORCE_COLOR", "Colours also into a pipe."),
            ("TUTTI_ASCII", "Plain signs, when 1."),
            ("TUTTI_ACCESSIBLE", "Plain signs and lines, nothing is redrawn, when 1."),
            ("TUTTI_FORCE_TTY", "Draw as for a terminal; a number is its width."),
            ("TUTTI_NO_INPUT", "Never ask a question, when 1."),
            ("TUTTI_HOST", "The program tutti-host."),
        ]
        table.rows = rows.map { [.init($0.0), .init($0.1)] }
        return table.lines(on: surface).joined(separator: "\n")
            + "\n\nTutti sets for the providers that it starts: TUTTI_SESSION, TUTTI_RUN, TUTTI_MODULE, TUTTI_DEPTH.\n"
    }
}
