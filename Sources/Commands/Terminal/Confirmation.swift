import Glibc
import Model

/// Asks a person before something is done that cannot be undone.
enum Confirmation {
    /// True when the person says yes, or said so before with `--yes`.
    ///
    /// Throws exit status 4 where nobody is there to be asked.
    static func ask(_ question: String, _ context: CommandContext) throws(TuttiError) -> Bool {
        if context.options.yes { return true }
        guard !context.noInput, context.isInputTerminal else {
            throw TuttiError(
                .needsInput, "\(question) Nobody is there to be asked, so nothing was done.",
                hint: "say it with --yes; what it would do: --dry-run")
        }
        context.output.notesWrite("\(question) [y/N] ")
        let answer = readLine() ?? ""
        return ["y", "yes"].contains(answer.trimmedSpaces.lowercased())
    }
}
