import ArgumentParser
import Model
import Settings

/// `tutti module …`: who can be asked.
struct ModuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "module", abstract: "Who can be asked: ls, show.",
        subcommands: [ModuleLsCommand.self, ModuleShowCommand.self])
}

/// `tutti module ls`.
struct ModuleLsCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "The modules of the project.", usage: "tutti module ls [--tag TAG]")
    @Option(help: "Only modules with this tag.") var tag: [String] = []
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        let modules = configuration.modules.filter { module in tag.isEmpty || tag.contains { module.tags.contains($0) }
        }
        let listing = Listing(
            records: modules.map { ModuleRecord.json($0, configuration) },
            columns: ["name", "path", "provider", "tags"],
            identifier: "name", fields: ModuleRecord.fields
        ) { surface in
            guard !modules.isEmpty else {
                return ["no modules are described here; folders can be asked too, and tutti init describes them"]
            }
            var table = Table([
                .init(title: "NAME"), .init(title: "PROVIDER"), .init(title: "TAGS", dropsAt: 1),
                .init(title: "PATH", flexible: true),
            ])
            let obstacles = modules.map(\.obstacle)
            for (module, obstacle) in zip(modules, obstacles) {
                table.rows.append([
                    .init(module.name), .init(module.provider ?? configuration.provider),
                    .init(module.tags.joined(separator: ",")), .init(module.path, obstacle == nil ? nil : .red),
                ])
            }
            return table.lines(on: surface)
                + obstacles.compactMap { $0 }.map {
                    surface.paint(surface.safeLine("\($0.position): \($0.message)"), .red)
                }
        }
        try listing.present(options, on: context.output)
    }
}

/// `tutti module show NAME`.
struct ModuleShowCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One module.", usage: "tutti module show NAME")
    @Argument(help: "A module.", completion: .modules) var name: String
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        guard let module = configuration.module(name) else {
            let names = configuration.modules.map(\.name)
            throw TuttiError(
                .notFound, "There is no module \"\(name)\".",
                hint: names.isEmpty
                    ? "describe modules: tutti init"
                    : Suggestion.start(for: name, among: names) + "known: " + names.joined(separator: ", "))
        }
        let record = ModuleRecord.json(module, configuration)
        let listing = Listing(
            records: [record], columns: ["name", "path", "provider"], identifier: "name", isSingle: true
        ) { surface in
            record.members.filter { $0.value != .null && $0.value != .array([]) }.map { member in
                DisplayWidth.pad(member.key, to: 12)
                    + surface.safeLine(
                        member.value.array.map { $0.map(\.cell).joined(separator: ", ") } ?? member.value.cell)
            }
        }
        try listing.present(options, on: context.output)
    }
}

/// Modules as records. Values of variables are not shown: they may be secrets.
enum ModuleRecord {
    /// The fields of ``json(_:_:)``.
    static let fields = ["name", "path", "tags", "provider", "model", "env", "recordings", "position", "problem"]

    /// One module of `configuration`.
    static func json(_ module: ModuleSetting, _ configuration: Configuration) -> JSONObject {
        [
            "name": .string(module.name), "path": .string(module.path), "tags": .array(module.tags.map { .string($0) }),
            "provider": .string(module.provider ?? configuration.provider),
            "model": .optional(module.model ?? configuration.model),
            "env": .array(module.environment.keys.sorted().map { .string($0) }),
            "recordings": .array(module.recordings.map { .string($0) }), "position": .string("\(module.position)"),
            "problem": .optional(module.obstacle?.message),
        ]
    }
}
