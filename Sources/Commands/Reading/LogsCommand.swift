import ArgumentParser
import Glibc
import Model
import Store

extension Transcript.ToolDetail: ExpressibleByArgument {}

/// `tutti logs`: the transcript as text, the recorded lines, or the provider's standard error.
struct LogsCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The transcript as text; -f follows.",
        usage: "tutti logs [ID …] [-m MODULE] [-f] [-n 50] [-t] [--tools none|short|full] [--stderr] [--raw]",
        discussion: "Without an ID: the last run. --raw gives the recorded bytes, while it runs and after.")

    @Argument(help: "Runs, jobs, sessions.") var ids: [String] = []
    @Option(name: [.short, .long], help: "Only this module of the run; again for more.", completion: .modules)
    var module: [String] = []
    @Flag(name: [.short, .long], help: "Go on until it is over.") var follow = false
    @Option(name: [.customShort("n"), .customLong("lines")], help: "Only the last lines.") var lines: Int?
    @Option(help: "Only what is newer: 10m, today.") var since: String?
    @Option(help: "Only what is older.") var until: String?
    @Flag(name: [.customShort("t"), .customLong("tag")], help: "The module before each line.") var tag = false
    @Option(help: "none, short or full.") var tools: Transcript.ToolDetail = .short
    @Flag(help: "What the provider wrote to standard error.") var stderr = false
    @Flag(help: "The recorded bytes as they are.") var raw = false
    @OptionGroup var options: GlobalOptions

    var isPaged: Bool { !follow }

    var shape: OutputShape? { .events }

    func run(in context: CommandContext) throws {
        if let lines, lines < 1 {
            throw TuttiError(.usage, "--lines \(lines) shows nothing.", hint: "give a number from 1 on")
        }
        let store = try context.existingStore()
        let targets = try store.read { reader in
            let named = try (ids.isEmpty ? ["@last"] : ids).map { try reader.resolve($0) }
            return module.isEmpty ? named : try named.flatMap { try Names.jobs(of: module, in: $0, reader) }
        }
        let continuation = follow ? try Continuation(of: targets, in: store, context) : nil
        if raw {
            return try RawLog(
                store: store, targets: targets, follows: follow, output: context.output, continuation: continuation
            ).run()
        }
        if stderr { return try showStandardError(store, targets, context) }
        try LogFollow(
            store: store, targets: targets, follows: follow, last: lines,
            since: try since.map { try Spans.moment($0, now: context.now) },
            until: try until.map { try Spans.moment($0, now: context.now) }, tools: tools, showsTags: tag ? true : nil,
            events: EventLines.areWanted(options) ? try EventLines(options, on: context.output.data) : nil,
            output: context.output, continuation: continuation
        ).run()
    }

    private func showStandardError(_ store: Store, _ targets: [Named], _ context: CommandContext) throws {
        let sessions = try store.read { reader in try targets.flatMap { try Names.sessions(of: $0, in: reader) } }
        for session in sessions {
            let head = RawLog.text(session.folder + "/stderr.head") ?? ""
            let tail = RawLog.text(session.folder + "/stderr.tail") ?? ""
            if sessions.count > 1 {
                context.output.line(
                    "## \(context.output.data.safeLine(session.module ?? session.id.short)) \(session.id.short)")
            }
            let text = tail.isEmpty ? head : head + "\n[…]\n" + tail
            if text.isEmpty {
                context.output.note("session \(session.id.short) wrote nothing to standard error")
            } else {
                context.output.write(context.output.data.safe(text.hasSuffix("\n") ? text : text + "\n"))
            }
        }
    }
}
