import ArgumentParser

/// The tree of all commands.
struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tutti", abstract: "Asks many agents at once, and keeps what they say.",
        groupedSubcommands: [
            CommandGroup(name: "Ask", subcommands: [AskCommand.self]),
            CommandGroup(
                name: "Batch", subcommands: [BatchCommand.self, SubmitCommand.self, ScheduleCommand.self]),
            CommandGroup(
                name: "Watch",
                subcommands: [
                    PsCommand.self, TopCommand.self, ShowCommand.self, LogsCommand.self, EventsCommand.self,
                    WaitCommand.self,
                    SearchCommand.self, DiffCommand.self, UsageCommand.self, WhyCommand.self,
                ]),
            CommandGroup(
                name: "Steer",
                subcommands: [
                    CancelCommand.self, RetryCommand.self, ReplayCommand.self, QueueCommand.self, PauseCommand.self,
                    UnpauseCommand.self, ResetCommand.self,
                ]),
            CommandGroup(
                name: "Set up",
                subcommands: [
                    InitCommand.self, DemoCommand.self, DoctorCommand.self, TrustCommand.self, ProviderCommand.self,
                    ModuleCommand.self,
                    ConfigCommand.self, SchemaCommand.self,
                ]),
            CommandGroup(name: "Serve", subcommands: [ServeCommand.self, DaemonCommand.self]),
            CommandGroup(
                name: "Keep", subcommands: [ExportCommand.self, BackupCommand.self, CleanCommand.self]),
            CommandGroup(
                name: "Other",
                subcommands: [
                    CompletionCommand.self, HelpCommand.self, VersionCommand.self, RecoverCommand.self,
                ]),
        ])

    /// The names of all commands.
    static var verbs: [String] {
        configuration.allSubcommands.flatMap { $0.configuration.aliases + [$0.configuration.commandName ?? ""] }
    }

    /// The command that `words` name.
    static func command(_ words: [String]) -> (any ParsableCommand.Type)? {
        var found: any ParsableCommand.Type = Root.self
        for word in words {
            guard let next = found.configuration.allSubcommands.first(where: { $0.configuration.commandName == word })
            else { return nil }
            found = next
        }
        return found
    }

    /// The second words of a group of commands.
    static func words(of group: String) -> [String] {
        configuration.allSubcommands.first { $0.configuration.commandName == group }?
            .configuration.allSubcommands.compactMap { $0.configuration.commandName ?? nil } ?? []
    }
}

extension CommandConfiguration {
    /// The subcommands with and without a group.
    fileprivate var allSubcommands: [any ParsableCommand.Type] {
        subcommands + groupedSubcommands.flatMap(\.subcommands)
    }
}
