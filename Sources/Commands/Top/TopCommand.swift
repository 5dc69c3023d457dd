import ArgumentParser
import Glibc
import Model
import Store

/// `tutti top`: the queue and the sessions on a whole screen, live.
struct TopCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "The queue and the sessions on a whole screen, live.",
        usage: "tutti top [QUERY …]",
        discussion: """
            Keys: / filters, enter opens, c cancels (and asks), r asks again what failed, s sorts, a shows
            what is over, too, ? explains, q leaves. What runs goes on when you leave.
            Where there is no terminal: tutti ps -w.
            """)

    @Argument(help: "Conditions on fields, or words to find, as for ps.") var query: [String] = []
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        let asked = try RowQuery(query)
        try asked.check(WorkRow.fields)
        let isJSON = options.json != nil || options.format != nil || options.plain || options.quiet
        guard !isJSON, context.output.data.isTerminal, isatty(1) == 1, context.isInputTerminal,
            Terminal.redraws(context.environment)
        else {
            throw TuttiError(
                .usage, "tutti top draws on a whole terminal, and there is none that can be drawn on.",
                hint: "the same as a table that comes again and again: tutti ps -w; for programs: tutti ps --json")
        }
        var screen = TopScreen(try context.existingStore(), context, filter: query.joined(separator: " "))
        try screen.run()
    }
}
