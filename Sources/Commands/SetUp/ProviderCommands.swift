import ArgumentParser
import Model
import Providers
import Settings

/// `tutti provider …`: who can answer.
struct ProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "Who can answer: ls, show, parse.",
        subcommands: [ProviderLsCommand.self, ProviderShowCommand.self, ProviderParseCommand.self])
}

/// `tutti provider ls`.
struct ProviderLsCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "All providers: built in and derived.", usage: "tutti provider ls")
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        let entries = try configuration.providers.names.map { try ProviderEntry($0, configuration, context) }
        let listing = Listing(
            records: entries.map(\.record), columns: ["name", "base", "program", "installed"], identifier: "name"
        ) { ProviderEntry.lines(entries, on: $0) }
        try listing.present(options, on: context.output)
    }
}

/// `tutti provider show NAME`.
struct ProviderShowCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One provider: how it is started and what it can do.",
        usage: "tutti provider show NAME")
    @Argument(help: "A provider.", completion: .providers) var name: String
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let configuration = try context.configuration()
        let entry = try ProviderEntry(name, configuration, context)
        let listing = Listing(
            records: [entry.record], columns: ["name", "base", "program"], identifier: "name", isSingle: true
        ) {
            entry.page(on: $0)
        }
        try listing.present(options, on: context.output)
    }
}

/// One provider with what its program and settings say.
struct ProviderEntry {
    let definition: ProviderDefinition
    private let program: String?
    /// Why there is no program.
    private let obstacle: String
    private let origin: String
    private let isDefault: Bool

    /// The provider `name` of `configuration`.
    init(_ name: String, _ configuration: Configuration, _ context: CommandContext) throws {
        definition = try configuration.providers.definition(name)
        program = definition.command.first.flatMap { ToolFinder.find($0, path: context.environment["PATH"]) }
        obstacle =
            definition.command.first.map { ToolFinder.obstacle($0, path: context.environment["PATH"]).what }
            ?? "needs a command in the settings"
        origin = configuration.providers.settings(named: name).first.map { "\($0.origin)" } ?? "built in"
        isDefault = configuration.provider == name
    }

    private var isInstalled: Bool { definition.isPartOfTutti || program != nil }

    /// The record of the provider. Values of variables are not shown: they may be secrets.
    var record: JSONObject {
        let can = definition.capabilities
        return [
            "name": .string(definition.name), "base": .string(definition.kind.rawValue), "origin": .string(origin),
            "is_default": .bool(isDefault), "command": .array(definition.command.map { .string($0) }),
            "args": .array(definition.args.map { .string($0) }),
            "env": .array(definition.env.keys.sorted().map { .string($0) }),
            "model": .optional(definition.model), "program": .optional(program), "installed": .bool(isInstalled),
            "capabilities": [
                "deltas": .bool(can.deltas), "steering": .bool(can.steering), "approvals": .bool(can.approvals),
                "resume": .bool(can.resume), "structured_output": .bool(can.structuredOutput),
                "states_cost": .bool(can.statesCost),
            ],
        ]
    }

    private var place: String {
        if definition.isPartOfTutti { return "part of tutti" }
        return program ?? obstacle
    }

    /// The table of providers.
    static func lines(_ entries: [ProviderEntry], on surface: Surface) -> [String] {
        var table = Table([
            .init(title: ""), .init(title: "NAME"), .init(title: "BASE"), .init(title: "PROGRAM", flexible: true),
            .init(title: "FROM", flexible: true, dropsAt: 1),
        ])
        for entry in entries {
            let sign = entry.isInstalled ? surface.glyphs.done : surface.glyphs.none
            table.rows.append([
                .init(sign, entry.isInstalled ? .green : .dim),
                .init(entry.definition.name + (entry.isDefault ? " (default)" : "")),
                .init(entry.definition.kind.rawValue),
                .init(entry.place), .init(entry.origin, .dim),
            ])
        }
        return table.lines(on: surface)
    }

    /// The page of one provider.
    func page(on surface: Surface) -> [String] {
        let can = definition.capabilities
        let words = [
            (can.deltas, "deltas"), (can.steering, "steering"), (can.approvals, "approvals"), (can.resume, "resume"),
            (can.structuredOutput, "structured output"), (can.statesCost, "states cost"),
        ].filter(\.0).map(\.1)
        var lines = [
            surface.paint(surface.safeLine(definition.name), .bold)
                + "   \(definition.kind.rawValue)   \(surface.safeLine(origin))",
            "program   " + surface.safeLine(place),
        ]
        if !(definition.command + definition.args).isEmpty {
            lines.append("command   " + surface.safeLine((definition.command + definition.args).joined(separator: " ")))
        }
        if let model = definition.model { lines.append("model     " + surface.safeLine(model)) }
        if !definition.env.isEmpty { lines.append("sets      " + definition.env.keys.sorted().joined(separator: ", ")) }
        lines.append("can       " + (words.isEmpty ? "text only" : words.joined(separator: ", ")))
        return lines
    }
}
