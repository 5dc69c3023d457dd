import Foundation
import Glibc
import Model
import Store
import Synchronization

/// A backup at work on a thread of its own, while this one shows how far it is and hears signals.
final class BackupWork: Sendable {
    private let control = BackupControl()
    private let outcome = Mutex<Result<Backup, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    /// Begins to copy `store` to `file`.
    init(_ store: Store, to file: String, replacing: Bool) {
        let thread = Thread { [self] in
            let result = Result { try store.backup(to: file, replacing: replacing, control: control) }
            outcome.withLock { $0 = result }
            done.signal()
        }
        thread.name = "backup"
        thread.start()
    }

    /// Waits for the copy; a signal ends it without a trace, with that signal's exit status.
    func follow(in context: CommandContext) throws -> Backup {
        let signals = Signals.listen([SIGINT, SIGTERM])
        var line = ProgressLine(context)
        var ending: ExitCode?
        while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if let signal = signals.next() {
                ending = signal == SIGINT ? .interrupted : .terminated
                control.cancel()
            }
            line.show(words(control.progress))
        }
        line.clear()
        // One that came in the last moment found the copy made.
        if let ending, case .failure(is CancellationError)? = outcome.withLock({ $0 }) { throw Exit(ending) }
        guard let result = outcome.withLock({ $0 }) else {
            throw TuttiError(.internalError, "the backup ended without a word", hint: "see: tutti doctor")
        }
        return try result.get()
    }

    private func words(_ progress: BackupControl.Progress) -> String {
        if progress.isChecking { return "checking the copy" }
        guard progress.whole > 0 else { return "" }
        let part = progress.copied * 100 / progress.whole
        return "copied \(part) %   \(Amounts.bytes(progress.copied)) of \(Amounts.bytes(progress.whole))"
    }
}

/// One line of standard error that says how far something is: drawn in place on a terminal, else now and then a new one.
struct ProgressLine {
    private let context: CommandContext
    private let isLive: Bool
    private let isWanted: Bool
    private var lastLine = ContinuousClock.now
    private var isDrawn = false

    /// A line for this command's standard error.
    init(_ context: CommandContext) {
        self.context = context
        let surface = context.output.notes
        isWanted = context.output.isTalkative && ![.quiet, .json].contains(context.progress)
        isLive =
            isWanted && context.progress != .plain && surface.isTerminal && Terminal.redraws(context.environment)
    }

    /// Shows `words` in the place of the last ones.
    mutating func show(_ words: String) {
        guard isWanted, !words.isEmpty else { return }
        if isLive {
            context.output.notesWrite(
                "\r\u{1B}[K" + context.output.notes.cut(words, to: context.output.notes.width - 1))
            isDrawn = true
        } else if lastLine.duration(to: .now) > .seconds(5) {
            lastLine = .now
            context.output.note(words)
        }
    }

    /// Takes the line away.
    mutating func clear() {
        if isDrawn { context.output.notesWrite("\r\u{1B}[K") }
        isDrawn = false
    }
}
