import Glibc
import Model
import Store

/// `logs --raw`: the bytes that a provider wrote, exactly, while it runs and after.
struct RawLog {
    let store: Store
    let targets: [Named]
    let follows: Bool
    let output: Output
    /// Sees to it that what is followed goes on.
    var continuation: Continuation?

    /// Prints the recordings one after the other; follows the last ones until they are over.
    func run() throws {
        let sessions = try store.read { reader in try targets.flatMap { try Names.sessions(of: $0, in: reader) } }
        guard !sessions.isEmpty else {
            throw TuttiError(.notFound, "No session of it has begun yet.", hint: "follow it: tutti logs -f")
        }
        let signals = Signals.listen(follows ? [SIGINT, SIGTERM] : [])
        var continuation = continuation
        for session in sessions { try copy(session, signals, &continuation) }
    }

    private func copy(_ session: SessionRow, _ signals: Signals, _ continuation: inout Continuation?) throws {
        let path = session.folder + "/spool.jsonl"
        var descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0 || follows else {
            throw TuttiError(
                .notFound, "Cannot read \(path): \(String(cString: strerror(errno))).",
                hint: "the transcript may still be there: tutti logs \(session.id.short)")
        }
        let news = NewsWaiter(storePath: store.path, signals: signals)
        if descriptor >= 0 { news.alsoWatch(path) }
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let isOver = try !follows || LogFollow.isOver(.session(session.id), in: store)
            if descriptor < 0 {
                descriptor = open(path, O_RDONLY | O_CLOEXEC)
                if descriptor >= 0 { news.alsoWatch(path) }
            }
            while descriptor >= 0 {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                write(buffer[..<count])
            }
            if isOver { return }
            continuation?.look(in: store)
            if case .signal(let signal) = news.wait() { throw Exit(signal == SIGINT ? .interrupted : .terminated) }
        }
    }

    /// Bytes go out as they are, but a terminal must not obey them.
    private func write(_ bytes: ArraySlice<UInt8>) {
        if output.data.isTerminal {
            output.write(output.data.safe(String(decoding: bytes, as: UTF8.self)))
        } else {
            bytes.withUnsafeBytes { output.write($0) }
        }
    }

    /// The text of a small file, nil when it cannot be read.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
