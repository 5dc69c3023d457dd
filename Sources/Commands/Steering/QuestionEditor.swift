import CLinux
import Glibc
import Model
import Settings

/// Lets a person change a question in the editor of their choice.
enum QuestionEditor {
    /// The changed text of run `id`. Throws when there is no terminal, the editor fails, or nothing was changed.
    static func edit(_ question: String, of id: Identifier, _ context: CommandContext) throws -> String {
        guard !context.noInput, context.isInputTerminal else {
            throw TuttiError(
                .needsInput, "--edit needs a person at a terminal.",
                hint: "ask the new question itself: tutti ask \"…\" MODULE …")
        }
        let folder = context.stateHome + "/edit"
        try FileBytes.makeFolder(folder)
        chmod(folder, 0o700)
        let file = "\(folder)/question-\(Identifier.random().text).md"
        try FileBytes.write(question.hasSuffix("\n") ? question : question + "\n", to: file, mode: 0o600)
        defer { unlink(file) }
        let editor =
            ["TUTTI_EDITOR", "VISUAL", "EDITOR"].lazy.compactMap { context.environment[$0] }
            .first { !$0.isEmpty } ?? "vi"
        let status = run(editor, file, context.environment)
        guard status == 0 else {
            throw TuttiError(
                .cannotCreate, "The editor \(editor) ended with status \(status); nothing was asked.",
                hint: "name another with EDITOR, for instance: EDITOR=nano tutti retry \(id.short) --edit")
        }
        let text = String(decoding: try FileBytes.read(file), as: UTF8.self).trimmedNewlines
        guard text != question.trimmedNewlines else {
            throw TuttiError(
                .usage, "The question is as it was; nothing was asked.",
                hint: "without a change: tutti retry \(id.short)")
        }
        return text
    }

    /// Runs the editor at this terminal and waits for it; the shell reads its command line, as it may have options.
    private static func run(_ editor: String, _ file: String, _ environment: [String: String]) -> Int32 {
        let words = ["sh", "-c", editor + " \"$1\"", "tutti", file]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let values: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0.key + "=" + $0.value) } + [nil]
        defer { for word in arguments + values { free(word) } }
        // Ctrl+C in an editor is the editor's.
        signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, SIG_DFL) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var usual = sigset_t()
        sigemptyset(&usual)
        sigaddset(&usual, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/bin/sh", nil, &attributes, arguments, values) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}

extension String {
    /// The text without newlines at its end.
    fileprivate var trimmedNewlines: String {
        var rest = self[...]
        while rest.last?.isNewline == true { rest = rest.dropLast() }
        return String(rest)
    }
}
