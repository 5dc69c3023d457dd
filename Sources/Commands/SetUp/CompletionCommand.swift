import ArgumentParser
import Model

/// `tutti completion SHELL`: the script for the shell.
struct CompletionCommand: TuttiCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "The completion script for bash, zsh or fish.",
        usage: "tutti completion bash|zsh|fish", discussion: "For this shell: source <(tutti completion bash)")
    @Argument(help: "bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"])) var shell: String
    @OptionGroup var options: GlobalOptions

    func run(in context: CommandContext) throws {
        guard let kind = CompletionShell(rawValue: shell) else {
            throw TuttiError(.usage, "There is no completion for \"\(shell)\".", hint: "one of: bash, zsh, fish")
        }
        context.output.write(Root.completionScript(for: kind))
    }
}
