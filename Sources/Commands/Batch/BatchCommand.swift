import ArgumentParser

/// `tutti batch …`: what batch files say, what they would do, and doing it.
struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Batch files, many jobs in their order: run, plan, explain, validate, reload.",
        subcommands: [
            BatchRunCommand.self, BatchPlanCommand.self, BatchExplainCommand.self, BatchValidateCommand.self,
            BatchReloadCommand.self,
        ])
}

extension CompletionKind {
    /// Batch files and prompt files.
    static var batchFiles: CompletionKind { .file(extensions: ["yaml", "yml", "md"]) }

    /// The jobs of the batch file that is named on the line.
    static var batchJobs: CompletionKind { .custom { words, _, _ in BatchJobNames.all(on: words) } }
}
