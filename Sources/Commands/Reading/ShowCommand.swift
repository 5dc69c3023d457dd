import ArgumentParser
import Model
import Store

/// `tutti show`: one run, job, session, thread or message.
struct ShowCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One run, session, thread or message.",
        usage: "tutti show ID [--timeline] [--tools] [--usage] [-r] [-x]",
        discussion:
            "ID is a unique prefix of at least 4 characters, @last or @last-failed, or JOB/2 for a second attempt.")

    @Argument(help: "What to show.") var id: String
    @Flag(help: "When each thing happened.") var timeline = false
    @Flag(help: "Tool calls with their input and output.") var tools = false
    @Flag(help: "Tokens and money by model.") var usage = false
    @Flag(name: [.customShort("r"), .customLong("answer")], help: "Only the answer.") var answer = false
    @Flag(name: [.customShort("x"), .customLong("code")], help: "Only the first block of code of the answer.")
    var code = false
    @Option(help: "Show again every so often (-w is every 2 s).") var watch: String?
    @OptionGroup var options: GlobalOptions

    var isPaged: Bool { watch == nil }

    func run(in context: CommandContext) throws {
        let store = try context.existingStore()
        if answer || code { return try showAnswer(store, context) }
        try Watching.repeat(every: watch, context) { _ in
            try store.read { try listing(try $0.resolve(id), $0, context) }
        } present: {
            try $0.present(options, on: context.output)
        }
    }

    private func listing(_ named: Named, _ reader: StoreReader, _ context: CommandContext) throws -> Listing {
        let now = context.now
        switch named {
        case .run(let id):
            guard let detail = try reader.runDetail(id) else { throw ShowCommand.gone(named) }
            let parts = SessionPage.Parts(timeline: timeline, tools: tools, usage: usage)
            var extras = RunPage.Extras()
            if usage { extras.usage = try reader.usage(by: .model, since: nil, runs: [id], modules: []) }
            if tools { extras.sessions = try detail.sessions.compactMap { try reader.sessionDetail($0.id) } }
            let isTable = !timeline && !tools && !usage
            return Listing(
                records: [Records.run(detail)], columns: ["id", "state", "question", "exit"], isSingle: true,
                rows: isTable ? RunPage.rows(detail).map { ($0.session?.id ?? $0.job.id).text } : nil
            ) {
                RunPage.lines(detail, parts, extras, on: $0, now: now)
            }
        case .job(let id):
            guard let job = try reader.job(id) else { throw ShowCommand.gone(named) }
            guard let session = try Names.sessions(of: named, in: reader).first else {
                return Listing(records: [Records.job(job)], columns: ["id", "module", "state"], isSingle: true) {
                    RunPage.lines(job, on: $0, now: now)
                }
            }
            return try listing(session: session.id, reader, now)
        case .session(let id): return try listing(session: id, reader, now)
        case .thread(let id):
            guard let thread = try reader.thread(id) else { throw ShowCommand.gone(named) }
            let messages = try reader.messages(thread: id)
            return Listing(
                records: [Records.thread(thread, messages)], columns: ["id", "module", "title"], isSingle: true
            ) { ThreadPage.lines(thread, messages, on: $0, now: now) }
        case .message(let id):
            guard let message = try reader.message(id) else { throw ShowCommand.gone(named) }
            return Listing(
                records: [Records.message(message)], columns: ["id", "role", "status", "content"], isSingle: true
            ) { ThreadPage.lines(message, on: $0, now: now) }
        }
    }

    private func listing(session id: Identifier, _ reader: StoreReader, _ now: Timestamp) throws -> Listing {
        guard let detail = try reader.sessionDetail(id) else { throw ShowCommand.gone(.session(id)) }
        let parts = SessionPage.Parts(timeline: timeline, tools: tools, usage: usage)
        return Listing(
            records: [Records.session(detail)], columns: ["id", "module", "state", "attempt"], isSingle: true
        ) {
            SessionPage.lines(detail, parts, on: $0, now: now)
        }
    }

    private func showAnswer(_ store: Store, _ context: CommandContext) throws {
        let answers = try store.read { reader in
            try Answers.find(try reader.resolve(id), in: reader)
        }
        guard !answers.isEmpty else {
            throw TuttiError(.notFound, "There is no answer in \(id) yet.", hint: "follow it: tutti logs -f \(id)")
        }
        if code {
            return try showCode(answers, context)
        }
        if options.json != nil {
            let records = answers.map { Records.message($0.message) }
            let listing = Listing(records: records, columns: ["module", "content"], isSingle: records.count == 1) { _ in
                []
            }
            return try listing.present(options, on: context.output)
        }
        context.output.write(Answers.text(answers, on: context.output.data))
        let jobs = try store.read { reader in try answers.compactMap { try $0.message.job.flatMap(reader.job) } }
        for warning in jobs.compactMap(UnreadWords.warning) { context.output.note(error: warning) }
        if let cut = answers.first(where: { $0.message.status == .failed || $0.message.status == .cancelled }) {
            throw Answers.interruption(cut)
        }
    }

    private func showCode(_ answers: [Answers.Answer], _ context: CommandContext) throws {
        let found = answers.lazy.compactMap { answer in
            Answers.firstCode(answer.message.content).map { (answer.message, $0) }
        }.first
        guard let (message, block) = found else {
            throw TuttiError(
                .notFound, "There is no block of code in the answer.", hint: "see all of it: tutti show -r \(id)")
        }
        if options.json != nil {
            let record: JSONObject = [
                "message": .string(message.id.text), "module": .optional(message.module), "code": .string(block),
            ]
            return try Listing(records: [record], columns: ["message", "module", "code"], isSingle: true) { _ in [] }
                .present(options, on: context.output)
        }
        context.output.write(context.output.data.isTerminal ? context.output.data.safe(block) : block)
    }

    /// The error for something that was there a moment ago.
    static func gone(_ named: Named) -> TuttiError {
        TuttiError(.notFound, "The \(named.kind) \(named.id.short) is gone.", hint: "see what there is: tutti ps -a")
    }
}
