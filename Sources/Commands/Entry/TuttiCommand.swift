import ArgumentParser
import Model

/// A command of Tutti: it parses by its properties, and everything it touches comes with the context.
protocol TuttiCommand: ParsableCommand {
    /// The options that every command has.
    var options: GlobalOptions { get }

    /// True when what is printed is for reading from top to bottom.
    var isPaged: Bool { get }

    /// What programs read of it, where that is to be asked for rightly before anything is done. Nil for commands that only
    /// read, whose listing looks at the options itself.
    var shape: OutputShape? { get }

    /// Does the work; throws `TuttiError` for what a person must solve, `Exit` when all is said already.
    ///
    /// Runs on the main thread, which may wait: nothing of a command is async, so that no thread of the pool is blocked.
    func run(in context: CommandContext) throws
}

extension TuttiCommand {
    /// Most commands print what fits on a screen.
    var isPaged: Bool { false }

    /// Most commands only read.
    var shape: OutputShape? { nil }
}

/// The statuses of Tutti; the argument parser has a type of the same name.
typealias ExitCode = Model.ExitCode
