import Glibc
import Model
import Synchronization

/// Where a command writes: data to standard output, everything else to standard error.
///
/// A reader of standard output that leaves (`| head -1`) ends the command quietly with status 141, a disk that is full with
/// 74 and a reason; a command that must finish something first sets `onBrokenPipe`, and leaves with ``broken``.
final class Output: Sendable {
    /// What standard output can show; another width after ``resize(_:)``.
    var data: Surface { state.withLock { $0.data } }
    /// What standard error can show.
    let notes: Surface
    /// Print only what was asked for.
    let quiet: Bool
    let verbose: Bool
    /// Where the rows of a table are remembered; nil where there is no terminal.
    let rows: RowMemory?

    private let dataDescriptor: Int32
    private let notesDescriptor: Int32
    private let state: Mutex<State>

    private struct State {
        var data: Surface
        /// The status to leave with once something could not be written.
        var broken: ExitCode?
        var onBrokenPipe: (@Sendable () -> Void)?
        var said: Set<String> = []
    }

    /// Output to these two descriptors.
    init(
        data: Surface, notes: Surface, quiet: Bool = false, verbose: Bool = false, rows: RowMemory? = nil,
        dataDescriptor: Int32 = 1, notesDescriptor: Int32 = 2
    ) {
        state = Mutex(State(data: data))
        self.notes = notes
        self.quiet = quiet
        self.verbose = verbose
        self.rows = rows
        self.dataDescriptor = dataDescriptor
        self.notesDescriptor = notesDescriptor
    }

    /// Measures the terminal of standard output again.
    func resize(_ environment: [String: String]) {
        let fresh = Terminal.surface(dataDescriptor, colour: .auto, environment: environment)
        state.withLock { ($0.data.width, $0.data.height) = (fresh.width, fresh.height) }
    }

    /// What happens instead of leaving at once when nothing can be written to standard output any more.
    func onBrokenPipe(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onBrokenPipe = action }
    }

    /// False when the person asked for quiet.
    var isTalkative: Bool { !quiet }

    /// The status to leave with when nothing could be written to standard output any more; nil while all is well.
    var broken: ExitCode? { state.withLock { $0.broken } }

    /// Writes `text` to standard output as it is.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes bytes to standard output as they are.
    func write(_ bytes: UnsafeRawBufferPointer) {
        if broken != nil { return }
        guard let failure = Output.writeAll(bytes, to: dataDescriptor) else { return }
        // A terminal that was closed is a reader who left.
        let code: ExitCode = failure == EPIPE || failure == EIO && data.isTerminal ? .brokenPipe : .storeFailed
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            state.broken = code
            return state.onBrokenPipe
        }
        // The terminal was closed: nobody is there to be told, and the work goes on.
        if failure == EIO, data.isTerminal { return }
        if code == .storeFailed {
            note(
                error: TuttiError(
                    code, "cannot write to standard output: \(String(cString: strerror(failure)))",
                    hint: "free some space, or write somewhere else"))
        }
        guard let action else { exit(code.rawValue) }
        action()
    }

    /// Writes lines to standard output.
    func lines(_ lines: [String]) {
        if !lines.isEmpty { write(lines.joined(separator: "\n") + "\n") }
    }

    /// Writes one line to standard output.
    func line(_ line: String) { write(line + "\n") }

    /// Writes one JSON value as one line.
    func json(_ value: JSONValue) { jsonLine(value.text) }

    /// Writes JSON text as one line.
    func jsonLine(_ text: String) { jsonLines([text]) }

    /// Writes JSON texts as lines. Their control characters are escaped already; what turns text around is left to a
    /// program, and shown to a person.
    func jsonLines(_ texts: [String]) { lines(data.isTerminal ? texts.map { data.safe($0) } : texts) }

    /// Writes one line to standard error, unless the person asked for quiet.
    func note(_ line: String) {
        if !quiet { notesWrite(line + "\n") }
    }

    /// The same for what is true of the whole command, and found by several parts of it.
    func note(once line: String) {
        if state.withLock({ $0.said.insert(line).inserted }) { note(line) }
    }

    /// Writes to standard error as it is; a closed standard error is nobody's problem.
    func notesWrite(_ text: String) {
        var text = text
        text.withUTF8 { _ = Output.writeAll(UnsafeRawBufferPointer($0), to: notesDescriptor) }
    }

    /// Writes an error and its way out to standard error, quiet or not.
    func note(error: TuttiError) { notesWrite(ErrorText.lines(error, on: notes).joined(separator: "\n") + "\n") }

    /// Nil when all bytes were written, else the system's error number.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written < 0, errno == EAGAIN {
                // Somebody made the shared descriptor non-blocking: wait for room instead of losing the rest.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, 1000)
            } else if written < 0, errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
