import Model
import Settings

/// The pages of `tutti help TOPIC` that belong to no command.
enum HelpTopics {
    /// The names of the pages.
    static let names = pages.map(\.topic)

    /// The page `name`, nil when there is none.
    static func page(_ name: String) -> HelpPage? { pages.first { $0.topic == name } }

    /// All pages.
    static let pages = [exitCodes, json, events, environment, settings, BatchHelp.page, ServingHelp.page]

    private static let exitCodes = HelpPage(
        topic: "exit-codes", manual: "tutti-exit-codes", section: 7, summary: "how a command ended",
        blocks: [
            .terms(ExitCode.allCases.map { ("\($0.rawValue) \(ErrorText.word($0))", meaning($0)) }),
            .text("When several apply: 130 or 143, 70, 74, 6, 3, 4, 2, 69, 1. The same number is `exit` in JSON."),
        ])

    private static func meaning(_ code: ExitCode) -> String {
        switch code {
        case .success: "all that was asked is done (-d: accepted)"
        case .someFailed:
            "finished, at least one session failed; search found nothing, doctor a problem; nobody serves (daemon status)"
        case .quorumMissed: "some results, fewer than --any asked for"
        case .timedOut: "timed out"
        case .needsInput: "needs input and nobody can answer"
        case .cancelledByOther: "cancelled by someone else"
        case .budget: "stopped by a budget or limit"
        case .usage: "wrong usage"
        case .badInput: "bad input data; a batch file that batch validate finds broken"
        case .notFound: "no such run, session, module or file"
        case .providerUnavailable: "provider missing, broken at its start or not signed in, and nothing was answered"
        case .internalError: "a bug in Tutti"
        case .cannotCreate: "cannot create a file, folder or socket"
        case .storeFailed: "the store cannot be read or written, or its disk is full"
        case .tryAgain: "try again: busy; serve: another one serves the store"
        case .protocolUnknown: "kept for a provider that speaks what Tutti does not know; this version never gives it"
        case .notAllowed: "not trusted, or permission denied"
        case .badConfiguration:
            "bad configuration (file:line:column), or a store of a newer Tutti: refused, not changed"
        case .interrupted: "SIGINT"
        case .brokenPipe: "SIGPIPE (quiet)"
        case .terminated: "SIGTERM"
        }
    }

    private static let json = HelpPage(
        topic: "json", manual: "tutti-json", section: 7, summary: "what programs read",
        blocks: [
            .text(
                "Every read command has --json: one document in one line. --json=id,state picks fields, --json=? lists them. "
                    + "--format takes table, csv, md, or a template like '{{id}} {{state}}'; --plain separates by tabs."
            ),
            .text(
                "`tutti events`, and `tutti ask --json`, print one object per line (NDJSON), each flushed, without escape bytes:"
            ),
            .code(
                #"{"v":1,"seq":48213,"ts":"2026-11-21T12:05:02.113Z","type":"text.delta","run":"…","session":"…",…}"#),
            .text(
                "seq is the number of the event in the store: `tutti events --from SEQ` goes on after it. The last line of a "
                    + "run is always run.finished with `exit`; a missing last line means a crash. Within v 1, fields are only "
                    + "added; ignore types that you do not know. Money is a string of dollars beside an integer `…_micros`; "
                    + "spans are integers in milliseconds (`…_ms`); times are UTC."),
            .text(
                "The types: tutti help events. A JSON Schema: tutti help json --schema TYPE, for what tutti batch prints "
                    + "batch-plan, batch-job or batch-problems. "
                    + #"Errors: {"error":{"code","exit","message","hint"}}."#),
        ])

    private static let events = HelpPage(
        topic: "events", manual: "tutti-events", section: 7, summary: "the events that tell what happens",
        blocks: eventBlocks)

    private static var eventBlocks: [HelpPage.Block] {
        func terms(_ fields: [EventCatalog.Field]) -> HelpPage.Block {
            .terms(fields.map { (word: $0.name, meaning: $0.summary + ($0.isRequired ? "" : " (not always)")) })
        }
        var blocks: [HelpPage.Block] = [.heading("Fields of every event"), terms(EventCatalog.common)]
        for entry in EventCatalog.entries {
            blocks += [.heading(entry.type.rawValue), .text(entry.summary)]
            if !entry.fields.isEmpty { blocks.append(terms(entry.fields)) }
        }
        return blocks
    }

    private static let environment = HelpPage(
        topic: "environment", manual: "tutti-environment", section: 7, summary: "variables that are read and set",
        blocks: [
            .terms(variables),
            .text(
                "Tutti sets for the providers that it starts: TUTTI_SESSION, TUTTI_RUN, TUTTI_MODULE, TUTTI_DEPTH. "
                    + "An agent that runs tutti asks one level deeper; at limits.depth it is refused."),
        ])

    private static let variables: [(word: String, meaning: String)] = {
        var rows: [(word: String, meaning: String)] = SettingKey.all.compactMap { key in
            key.environment.map { ($0, key.summary) }
        }
        rows += [
            ("TUTTI_CONFIG", "The project's settings file."),
            ("TUTTI_PROGRESS", "auto, tty, plain, json or quiet."),
            ("TUTTI_COLOR", "auto, always or never."),
            ("NO_COLOR, TUTTI_NO_COLOR", "No colours, when not empty."),
            ("CLICOLOR_FORCE, FORCE_COLOR", "Colours also into a pipe."),
            ("TUTTI_PAGER, PAGER", "What show, logs and help are read in; less -FIRX when unset, none when empty."),
            ("TUTTI_EDITOR, VISUAL, EDITOR", "Where retry --edit changes the question."),
            ("TUTTI_ASCII", "Plain signs, when 1."),
            ("TUTTI_ACCESSIBLE", "Plain signs and lines, nothing is redrawn, when 1."),
            ("TUTTI_FORCE_TTY", "Draw as for a terminal; a number is its width."),
            ("TUTTI_NO_INPUT", "Never ask a question, when 1."),
            ("TUTTI_HOST", "The program tutti-host."),
        ]
        return rows
    }()

    private static let settings = HelpPage(
        topic: "settings", manual: "tutti.yaml", section: 5, summary: "who can be asked in a project, and how",
        blocks: [
            .text(
                "A project's file is tutti.yaml in its folder or one above; the user's own is ~/.config/tutti/config.yaml. "
                    + "A flag goes before a variable, the project's file, the user's, the system's, and what is built in. "
                    + "`tutti config explain KEY` shows who decides, `tutti schema` prints the JSON Schema."),
            .text(
                "A file with a mistake in it ends what needs its settings with exit status 78. Commands that read the store or "
                    + "steer what is under way go on with a warning, with the store that the file names where that can be read."
            ),
            .heading("Settings"),
            .terms(settingTerms),
            .heading("Modules"),
            .terms([
                ("modules.NAME.path", "The folder, counted from the file's project."),
                ("modules.NAME.tags", "Words by which several are named: --tag."),
                ("modules.NAME.provider, model, timeout", "As above, for this module alone."),
                ("modules.NAME.env", "Variables for its provider."),
            ]),
            .heading("Providers"),
            .terms([
                (
                    "providers.NAME.extends",
                    "The built-in one that it derives from: "
                        + ProviderCatalog.builtInNames.joined(separator: ", ") + "."
                ),
                (
                    "providers.NAME.command, args, env",
                    "How it is started. A project's own runs only after `tutti trust`."
                ),
                ("providers.NAME.fields", "For jsonl, and a replay of it: which fields of a line hold what."),
            ]),
        ])

    private static var settingTerms: [(word: String, meaning: String)] {
        var terms: [(word: String, meaning: String)] = [(word: "version", meaning: "Always 1.")]
        for key in SettingKey.all {
            var meaning = "\(key.summary) Needs \(key.kind.words). Built in: \(key.builtIn.description)."
            if let variable = key.environment { meaning += " Variable: \(variable)." }
            terms.append((word: key.name, meaning: meaning))
        }
        return terms
    }
}
