import ArgumentParser
import Model

/// A command of Tutti: it parses by its properties, and everything it touches comes with the context.
protocol TuttiCommand: ParsableCommand {
    /// The options that every command has.
    var options: GlobalOptions { get }

    /// Does the work; throws `TuttiError` for what a person must solve, `Exit` when all is said already.
    func run(in context: CommandContext) async throws
}

/// The statuses of Tutti; the argument parser has a type of the same name.
typealias ExitCode = Model.ExitCode
