import CLinux
import Glibc

/// The provider's standard input when it stays open: bytes of coordinators, whole and one after another.
struct InputPipe {
    let readEnd: Int32
    /// The end that is written; -1 when it is closed.
    private(set) var descriptor: Int32
    private var queue: [(bytes: [UInt8], client: Int32)] = []
    private var done = 0
    private var closesWhenEmpty = false

    init() throws(Complaint) {
        var ends: [Int32] = [-1, -1]
        guard tutti_pipe(&ends) == 0 else { throw Complaint("make a pipe", errno: errno) }
        readEnd = ends[0]
        descriptor = ends[1]
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// True when the pipe should be polled for writing.
    var wantsWriting: Bool { descriptor >= 0 && !queue.isEmpty }

    /// True when no more bytes are taken.
    var isClosed: Bool { descriptor < 0 || closesWhenEmpty }

    /// Puts bytes in the queue; `client` is the descriptor that is answered when they are all in the pipe.
    mutating func add(_ bytes: [UInt8], for client: Int32) { queue.append((bytes, client)) }

    /// Closes the pipe after what is in the queue.
    mutating func closeAfterQueue() {
        closesWhenEmpty = true
        if queue.isEmpty { shut() }
    }

    /// Writes what the pipe takes. Gives the clients whose bytes are through, or with `true` those whose bytes nobody reads.
    mutating func write() -> [(client: Int32, failed: Bool)] {
        var finished: [(client: Int32, failed: Bool)] = []
        while let first = queue.first, descriptor >= 0 {
            let count = first.bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return finished }
                finished += queue.map { ($0.client, true) }
                shut()
                return finished
            }
            done += count
            guard done == first.bytes.count else { continue }
            finished.append((first.client, false))
            queue.removeFirst()
            done = 0
        }
        if closesWhenEmpty { shut() }
        return finished
    }

    private mutating func shut() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        queue = []
        done = 0
    }
}
