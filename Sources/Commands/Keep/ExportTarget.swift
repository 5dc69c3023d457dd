import CLinux
import Glibc
import Model

/// Where an export goes: standard output, or a file that has its name only when it is whole.
final class ExportTarget {
    private let output: Output
    /// The file, and the name that it has until it is whole: one that nothing else has, whoever else writes here.
    private let file: String?
    private let partial: String
    private let replaces: Bool
    private var descriptor: Int32 = -1

    /// Opens `file`, which must be new unless `replacing`; nil and `-` are standard output.
    init(_ file: String?, replacing: Bool, _ output: Output) throws(TuttiError) {
        self.output = output
        self.file = file == "-" ? nil : file
        replaces = replacing
        partial = "\(file ?? "").\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
        guard let file = self.file else { return }
        guard replacing || access(file, F_OK) != 0 else { throw ExportTarget.exists(file) }
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 { throw failure(errno) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    /// True when a person reads it at a terminal.
    var isTerminal: Bool { file == nil && output.data.isTerminal }
    /// What the text is drawn on.
    var surface: Surface { output.data }

    /// Writes a piece of text.
    func write(_ text: String) throws(TuttiError) {
        guard file != nil else { return output.write(isTerminal ? output.data.safe(text) : text) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count >= 0 { done += count } else if errno != EINTR { throw failure(errno) }
        }
    }

    /// Gives the file its name.
    func finish() throws(TuttiError) {
        guard let file else { return }
        guard fsync(descriptor) == 0 else { throw failure(errno) }
        let result = replaces ? rename(partial, file) : tutti_rename_new(partial, file)
        if result != 0 { throw errno == EEXIST ? ExportTarget.exists(file) : failure(errno) }
        close(descriptor)
        descriptor = -1
    }

    private func failure(_ reason: Int32) -> TuttiError {
        TuttiError(
            reason == ENOSPC ? .storeFailed : .cannotCreate,
            "Cannot write \(file ?? ""): \(String(cString: strerror(reason))).",
            hint: reason == ENOSPC
                ? "free some space there, or write somewhere else" : "choose a place that you may write to")
    }

    private static func exists(_ file: String) -> TuttiError {
        TuttiError(.cannotCreate, "\(file) exists already.", hint: "choose another name, or replace it: --yes")
    }
}
