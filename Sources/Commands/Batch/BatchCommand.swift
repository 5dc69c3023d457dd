import ArgumentParser

/// `tutti batch …`: what batch files say, and what they would do.
struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Batch files, many jobs in their order: plan, explain, validate.",
        subcommands: [BatchRunCommand.self])
}
