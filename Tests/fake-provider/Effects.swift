import Glibc

/// The log of what really happened: one appended line a fact, whole even when many processes write.
struct Effects {
    let file: String
    let attempt: Int

    /// `start SESSION ATTEMPT PID`
    func start() { append("start \(session) \(attempt) \(getpid())") }

    /// `done SESSION ATTEMPT PID LINES TEXT-HASH`; the hash is `-` where the text is not known.
    func done(pieces: Int, textHash: UInt64?) {
        append("done \(session) \(attempt) \(getpid()) \(pieces) \(textHash.map { hexadecimal($0) } ?? "-")")
    }

    private var session: String { getenv("TUTTI_SESSION").map { String(cString: $0) } ?? "-" }

    private func append(_ line: String) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { exit(73) }
        writeWhole(Array("\(line)\n".utf8), to: descriptor)
        close(descriptor)
    }
}
