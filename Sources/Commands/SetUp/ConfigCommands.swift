import ArgumentParser
import Model
import Settings

/// `tutti config …`: what holds, and where it comes from.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "What holds, and where it comes from: get, path, check, explain.",
        subcommands: [
            ConfigGetCommand.self, ConfigPathCommand.self, ConfigCheckCommand.self, ConfigExplainCommand.self,
        ])
}

/// `tutti config get [KEY]`.
struct ConfigGetCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "The value of a setting, or all of them.", usage: "tutti config get [KEY]")
    @Argument(help: "A setting: jobs, timeout.total, store.") var key: String?
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        let keys = key.map { [$0] } ?? SettingKey.all.map(\.name)
        var records: [JSONObject] = []
        for key in keys {
            let sources = try configuration.explain(key)
            var value = sources.first?.value.description ?? "none"
            // Whoever asks for the store wants the file, wherever it comes from.
            if key == "store" { value = try context.storePath() }
            records.append([
                "key": .string(key), "value": .string(value),
                "origin": .string(sources.first.map { "\($0.origin)" } ?? "built in"),
            ])
        }
        let listing = Listing(
            records: records, columns: ["key", "value", "origin"], identifier: "value", isSingle: key != nil
        ) { surface in
            if key != nil { return records.compactMap { $0["value"]?.string }.map { surface.safe($0) } }
            var table = Table([
                .init(title: "KEY"), .init(title: "VALUE", flexible: true), .init(title: "FROM", dropsAt: 1),
            ])
            table.rows = records.map {
                [.init($0["key"]?.cell ?? ""), .init($0["value"]?.cell ?? ""), .init($0["origin"]?.cell ?? "", .dim)]
            }
            return table.lines(on: surface)
        }
        try listing.present(options, on: context.output)
    }
}

/// `tutti config path`.
struct ConfigPathCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "path", abstract: "The files that settings are read from, strongest first.",
        usage: "tutti config path")
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        let records: [JSONObject] = configuration.layers.map {
            ["file": .string($0.file), "owner": .string("\($0.owner)")]
        }
        let listing = Listing(
            records: records, columns: ["file", "owner"], identifier: "file", fields: ["file", "owner"]
        ) { surface in
            records.isEmpty
                ? ["no settings file is read here; tutti init writes one"]
                : records.map {
                    surface.safeLine($0["owner"]?.cell ?? "") + "\t" + surface.safeLine($0["file"]?.cell ?? "")
                }
        }
        try listing.present(options, on: context.output)
    }
}

/// `tutti config check`.
struct ConfigCheckCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Whether the settings can be read and every module is there; exit status 78 and file:line:column when not.",
        usage: "tutti config check")
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        for name in configuration.providers.names { _ = try configuration.providers.definition(name) }
        let obstacles = configuration.modules.compactMap(\.obstacle)
        guard obstacles.isEmpty else { throw ConfigProblem.error(obstacles) }
        let trust =
            switch TrustStore(environment: context.environment).state(of: configuration) {
            case .notNeeded: "not needed"
            case .trusted: "trusted"
            case .untrusted: "not trusted; see: tutti trust"
            case .changed: "changed since it was trusted; see: tutti trust --diff"
            }
        let files = configuration.layers.map(\.file)
        let listing = Listing(
            records: [["ok": true, "files": .array(files.map { .string($0) }), "trust": .string(trust)]],
            columns: ["ok", "trust"], identifier: "ok", isSingle: true
        ) { surface in
            let what =
                files.isEmpty
                ? "no settings file; everything is built in"
                : files.map { surface.safeLine($0) }.joined(separator: ", ")
            return ["\(surface.glyphs.done) \(what)", "trust: \(trust)"]
        }
        try listing.present(options, on: context.output)
    }
}

/// `tutti config explain KEY`.
struct ConfigExplainCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Every value that was given for a setting, and by whom.",
        usage: "tutti config explain KEY")
    @Argument(help: "A setting, modules.NAME or providers.NAME.") var key: String
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let sources = try context.configuration().explain(key)
        let records: [JSONObject] = sources.enumerated().map { index, source in
            [
                "value": .string(source.value.description), "origin": .string("\(source.origin)"),
                "holds": .bool(index == 0),
            ]
        }
        let summary = SettingKey.named(key)?.summary
        let listing = Listing(records: records, columns: ["value", "origin", "holds"], identifier: "value") { surface in
            var table = Table([.init(title: ""), .init(title: "VALUE"), .init(title: "FROM", flexible: true)])
            table.rows = sources.enumerated().map { index, source in
                [
                    .init(index == 0 ? surface.glyphs.done : "", .green), .init(source.value.description),
                    .init("\(source.origin)"),
                ]
            }
            return (summary.map { [surface.safeLine("\(key): \($0)")] } ?? []) + table.lines(on: surface)
        }
        try listing.present(options, on: context.output)
    }
}
