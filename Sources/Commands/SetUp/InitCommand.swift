import ArgumentParser
import Glibc
import Model
import Settings

/// `tutti init`: writes tutti.yaml by looking at the folder. Runs nothing.
struct InitCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes tutti.yaml by looking at the folder.", usage: "tutti init [--force] [-n]"
    )

    @Flag(help: "Replace the file that is there.") var force = false
    @Flag(name: [.customShort("n"), .long], help: "Only print what would be written.") var dryRun = false
    @OptionGroup var options: GlobalOptions

    var shape: OutputShape? { .records(InitCommand.fields + (dryRun ? ["settings"] : [])) }

    private static let fields = ["file", "provider", "modules", "tools", "skipped"]

    func run(in context: CommandContext) throws {
        let findings = ProjectScanner(root: context.directory, environment: context.environment).scan()
        let file = options.config ?? context.directory + "/tutti.yaml"
        var record: JSONObject = [
            "file": .string(file), "provider": .string(findings.provider),
            "modules": .array(
                findings.modules.map {
                    ["name": .string($0.name), "path": .string($0.path), "because": .string($0.because)]
                }),
            "tools": .array(findings.tools.map { ["provider": .string($0.provider), "path": .optional($0.path)] }),
            "skipped": .array(findings.skipped.map { ["path": .string($0.path), "because": .string($0.why)] }),
        ]
        if dryRun {
            let skipped = InitCommand.skipped(findings, on: context.output.notes)
            if !skipped.isEmpty { context.output.note("note: skipped \(skipped)") }
            record["settings"] = .string(findings.settings)
            return try Listing(records: [record], columns: ["file", "provider"], identifier: "file", isSingle: true) {
                $0.safe(findings.settings).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                    String.init)
            }.present(options, on: context.output)
        }
        if access(file, F_OK) == 0, !force {
            throw TuttiError(
                .cannotCreate, "\(file) is there already.",
                hint: "replace it: tutti init --force; see what it would be: tutti init -n")
        }
        try FileBytes.write(findings.settings, to: file, replacing: force)
        let configuration = try Configuration.load(
            directory: context.directory, explicit: file, environment: context.environment)
        let trust = TrustStore(environment: context.environment)
        if case .notNeeded = trust.state(of: configuration) {} else { try trust.trust(configuration) }
        let listing = Listing(records: [record], columns: ["file", "provider"], identifier: "file", isSingle: true) {
            surface in
            let tools = findings.tools.map { "\($0.provider) (\($0.path ?? "not installed"))" }.joined(separator: ", ")
            let budget = configuration.budget.map { ", budget \(Amounts.money($0))" } ?? ""
            let skipped = InitCommand.skipped(findings, on: surface)
            return [
                "found   " + surface.safeLine(tools.isEmpty ? "no provider's program; offline needs none" : tools),
                "wrote   " + surface.safeLine(file)
                    + ": \(Amounts.count(findings.modules.count, "module")), provider \(findings.provider)\(budget)",
            ] + (skipped.isEmpty ? [] : ["skipped \(skipped)"]) + [
                "try     tutti ask \"What does this module do, in 3 lines?\" --all"
            ]
        }
        try listing.present(options, on: context.output)
    }

    /// The folders that are no modules, by the reason: `build, dist (built or foreign); docs (no manifest)`.
    private static func skipped(_ findings: ProjectScanner.Findings, on surface: Surface) -> String {
        Dictionary(grouping: findings.skipped, by: \.why).sorted { $0.key < $1.key }.map { why, folders in
            let names = folders.prefix(8).map { surface.safeLine($0.path) }.joined(separator: ", ")
            return names + (folders.count > 8 ? " and \(folders.count - 8) more" : "") + " (\(why))"
        }.joined(separator: "; ")
    }
}
