import CLinux
import Glibc

/// The provider's standard error: its first and last 64 KiB are kept, in `stderr.head` and `stderr.tail`.
struct ErrorOutput {
    let writeEnd: Int32
    /// The end that is read; -1 after its end.
    private(set) var descriptor: Int32
    /// All bytes seen, kept or not.
    private(set) var total: Int64 = 0
    private var head: Int32 = -1
    private var headLength = 0
    /// The last bytes, as a ring; empty until the head is full.
    private var ring: [UInt8] = []
    private var ringStart = 0
    private var tailIsNew = false

    private static let bound = 64 << 10

    init() throws(Complaint) {
        var ends: [Int32] = [-1, -1]
        guard tutti_pipe(&ends) == 0 else { throw Complaint("make a pipe", errno: errno) }
        descriptor = ends[0]
        writeEnd = ends[1]
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Takes what is there, at most `rounds` buffers.
    mutating func take(in folder: SessionFolder, rounds: Int = 16) {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            for _ in 0..<rounds {
                guard descriptor >= 0 else { return }
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EAGAIN { return }
                guard count > 0 else {
                    close(descriptor)
                    descriptor = -1
                    return
                }
                keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]), in: folder)
            }
        }
    }

    /// Writes the tail when it changed since the last time.
    mutating func writeTail(in folder: SessionFolder) {
        guard tailIsNew else { return }
        tailIsNew = false
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let file = openat(folder.descriptor, "stderr.tail", flags, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        ring.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            _ = writeAll(start + ringStart, bytes.count - ringStart, to: file)
            _ = writeAll(start, ringStart, to: file)
        }
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, in folder: SessionFolder) {
        total += Int64(bytes.count)
        var rest = bytes[...]
        if headLength < ErrorOutput.bound {
            if head < 0 {
                let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
                head = openat(folder.descriptor, "stderr.head", flags, 0o600)
            }
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(ErrorOutput.bound - headLength))
            if let start = part.baseAddress { _ = writeAll(start, part.count, to: head) }
            headLength += part.count
            rest = rest.dropFirst(part.count)
            if headLength == ErrorOutput.bound {
                close(head)
                head = -1
            }
        }
        guard !rest.isEmpty else { return }
        tailIsNew = true
        rest = rest.suffix(ErrorOutput.bound)
        let filling = rest.prefix(ErrorOutput.bound - ring.count)
        ring.append(contentsOf: filling)
        for byte in rest.dropFirst(filling.count) {
            ring[ringStart] = byte
            ringStart = (ringStart + 1) % ErrorOutput.bound
        }
    }
}
