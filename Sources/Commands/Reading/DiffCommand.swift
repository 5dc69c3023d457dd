import ArgumentParser
import Model
import Store

/// `tutti diff`: answers side by side.
struct DiffCommand: TuttiCommand {
    /// What stands side by side.
    enum Side: String, CaseIterable, ExpressibleByArgument {
        case module, attempt
    }

    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "The answers of a run side by side.",
        usage: "tutti diff RUN [MODULE …] [--by module|attempt]")

    @Argument(help: "A run.") var id: String
    @Argument(help: "Only these modules.") var modules: [String] = []
    @Option(help: "module or attempt.") var by: Side = .module
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let store = try context.existingStore()
        let answers = try store.read { reader in
            let named = try reader.resolve(id)
            guard case .run(let run) = named else {
                throw TuttiError(
                    .usage, "\(id) is a \(named.kind), not a run.",
                    hint: "runs are in: tutti ps -a --columns run,run_name")
            }
            return by == .module ? try Answers.find(named, in: reader) : try attempts(run, reader)
        }
        let chosen = answers.filter { answer in
            let title = answer.module ?? ""
            return modules.isEmpty
                || modules.contains { title == $0 || (by == .attempt && title.hasPrefix("\($0) attempt ")) }
        }
        guard !chosen.isEmpty else {
            let names = answers.compactMap(\.module).joined(separator: ", ")
            throw TuttiError(
                .notFound, "There is no answer to compare.",
                hint: names.isEmpty ? "see how far the run is: tutti show \(id)" : "modules with answers: " + names)
        }
        let records: [JSONObject] = chosen.map {
            [
                "module": .optional($0.module), "status": .string($0.message.status.rawValue),
                "content": .string($0.message.content),
            ]
        }
        let listing = Listing(records: records, columns: ["module", "status", "content"], identifier: "module") {
            surface in
            SideBySide.lines(
                chosen.map { .init(title: $0.module ?? $0.message.id.short, text: $0.message.content) }, on: surface)
        }
        try listing.present(options, on: context.output)
    }

    private func attempts(_ run: Identifier, _ reader: StoreReader) throws -> [Answers.Answer] {
        guard let detail = try reader.runDetail(run) else { return [] }
        return try detail.sessions.sorted { ($0.module ?? "", $0.attempt) < ($1.module ?? "", $1.attempt) }.compactMap {
            session in
            // A message keeps the text of its last attempt; what an earlier one said is in its blocks.
            let text = try reader.blocks(session: session.id).filter { $0.kind == "text" }.compactMap(\.text)
                .joined(separator: "\n\n")
            guard var message = detail.messages.first(where: { $0.job == session.job && $0.role == .assistant }) else {
                return nil
            }
            message.content = text
            let title = "\(session.module ?? session.job.short) attempt \(session.attempt): \(session.state.rawValue)"
            return Answers.Answer(module: title, message: message, session: session.id)
        }
    }
}
