import ArgumentParser
import Glibc
import Model
import Offline
import Settings

/// The program `tutti`: reads the arguments, runs one command, and ends with its exit status.
package enum TuttiCommandLine {
    /// Where a command writes; tests give it files.
    struct Streams: Sendable {
        var data: Int32 = 1
        var notes: Int32 = 2
    }

    /// Runs the command that `arguments` (without the program's name) name, and returns the exit status.
    package static func run(_ arguments: [String], environment: [String: String]) -> Int32 {
        run(arguments, environment: environment, streams: Streams())
    }

    /// The same with other places to write to.
    static func run(_ arguments: [String], environment: [String: String], streams: Streams) -> Int32 {
        // Providers that are a part of tutti are started like any other, once per session: nothing else is set up for them.
        switch arguments.first {
        case "offline": return OfflineProvider.run(Array(arguments.dropFirst()))
        case "replay-session": return ReplayPlayer.run(Array(arguments.dropFirst()))
        case "tied": return TiedProcess.run(Array(arguments.dropFirst()))
        default: break
        }
        Signals.ignoreBrokenPipes()
        let normalized = ArgumentNormalizer.normalize(arguments)
        if normalized.isEmpty || normalized == ["--help"] || normalized == ["-h"] {
            plainOutput(environment, streams).write(ShortHelp.text)
            return ExitCode.success.rawValue
        }
        if normalized == ["--version"] || normalized == ["-V"] {
            plainOutput(environment, streams).write("tutti \(TuttiVersion.text)\n")
            return ExitCode.success.rawValue
        }
        let command: any ParsableCommand
        do {
            let expanded = try RowReferences.expand(normalized) { RowMemory(environment: environment)?.rows ?? [] }
            command = try parse(expanded)
        } catch let error as TuttiError {
            return report(error, wantsJSON: wantsJSON(normalized), plainOutput(environment, streams))
        } catch {
            return reportParsing(error, normalized, environment, streams)
        }
        guard let command = command as? any TuttiCommand else {
            // A question for help, or a group without a word: running it throws the help of what was named.
            var asking = command
            do { try asking.run() } catch { return reportParsing(error, normalized, environment, streams) }
            return ExitCode.success.rawValue
        }
        let context: CommandContext
        do {
            context = try CommandContext(command.options, environment: environment, streams: streams)
        } catch {
            return report(error, wantsJSON: command.options.json != nil, plainOutput(environment, streams))
        }
        let pager =
            command.isPaged && streams.data == 1 && Pager.isWanted(command.options, environment: environment)
            ? Pager(environment: environment) : nil
        if let pager {
            context.output.onBrokenPipe {
                // The person has seen enough.
                pager.finish()
                exit(ExitCode.success.rawValue)
            }
        }
        do {
            defer { pager?.finish() }
            if try command.shape?.answer(command.options, context.output) == true { return ExitCode.success.rawValue }
            try command.run(in: context)
            return ExitCode.success.rawValue
        } catch let exit as Exit {
            return exit.code.rawValue
        } catch {
            return report(told(error), of: command, context)
        }
    }

    /// What a person is told of any error; one that is not meant for people is a bug.
    private static func told(_ error: any Error) -> TuttiError {
        error as? TuttiError
            ?? TuttiError(.internalError, "\(error)", hint: "this is a bug in Tutti; see: tutti doctor")
    }

    private static func report(_ error: TuttiError, of command: any TuttiCommand, _ context: CommandContext) -> Int32 {
        guard command.shape?.isStream(command.options, context.progress) == true else {
            return report(error, wantsJSON: command.options.json != nil, context.output)
        }
        EventLines.ending(error, command.options, at: context.now, context.output)
        context.output.note(error: error)
        return error.code.rawValue
    }

    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        if let verb = arguments.first, !verb.hasPrefix("-"), !Root.verbs.contains(verb) {
            let near = Suggestion.nearest(to: verb, among: Root.verbs).map { "did you mean: tutti \($0)? " } ?? ""
            throw TuttiError(.usage, "There is no command \"\(verb)\".", hint: near + "all commands: tutti help")
        }
        if arguments.count > 1, ArgumentNormalizer.groups.contains(arguments[0]), !arguments[1].hasPrefix("-") {
            let words = Root.words(of: arguments[0])
            if !words.contains(arguments[1]) {
                let near = Suggestion.nearest(to: arguments[1], among: words)
                throw TuttiError(
                    .usage, "There is no command \"\(arguments[0]) \(arguments[1])\".",
                    hint: (near.map { "did you mean: tutti \(arguments[0]) \($0)? " } ?? "")
                        + "the words: " + words.joined(separator: ", "))
            }
        }
        try DashedWord.check(arguments)
        return try Root.parseAsRoot(arguments)
    }

    private static func reportParsing(
        _ error: any Error, _ arguments: [String], _ environment: [String: String], _ streams: Streams
    ) -> Int32 {
        let output = plainOutput(environment, streams)
        if Root.exitCode(for: error) == .success {
            let width = output.data.helpWidth
            output.write(HelpText.wrapped(Root.fullMessage(for: error, columns: width), width) + "\n")
            return ExitCode.success.rawValue
        }
        let verb = arguments.prefix { !$0.hasPrefix("-") }.prefix(
            ArgumentNormalizer.groups.contains(arguments[0]) ? 2 : 1)
        let message = Root.message(for: error)
        let usage = TuttiError(.usage, message, hint: ParserMessage.hint(message, verb: verb.joined(separator: " ")))
        return report(usage, wantsJSON: wantsJSON(arguments), output)
    }

    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains { $0.hasPrefix("--json=") }
    }

    private static func report(_ error: TuttiError, wantsJSON: Bool, _ output: Output) -> Int32 {
        if wantsJSON { output.json(ErrorText.json(error)) }
        output.note(error: error)
        return error.code.rawValue
    }

    private static func plainOutput(_ environment: [String: String], _ streams: Streams) -> Output {
        Output(
            data: Terminal.surface(streams.data, colour: .auto, environment: environment),
            notes: Terminal.surface(streams.notes, colour: .auto, environment: environment),
            dataDescriptor: streams.data, notesDescriptor: streams.notes)
    }
}
