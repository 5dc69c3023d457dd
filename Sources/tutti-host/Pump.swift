import CLinux
import Glibc

/// Carries the provider's standard output from a pipe into the spool.
struct Pump {
    /// The end that the provider writes to; closed here once the provider has it.
    let writeEnd: Int32
    /// The end that is read; -1 after its end.
    private(set) var descriptor: Int32
    /// Bytes that were read and that the disk did not take yet.
    private var held: [UInt8] = []

    init() throws(Complaint) {
        var ends: [Int32] = [-1, -1]
        guard tutti_pipe(&ends) == 0 else { throw Complaint("make a pipe", errno: errno) }
        descriptor = ends[0]
        writeEnd = ends[1]
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        // A wish only: an unprivileged user has a bound on all pipes together.
        tutti_set_pipe_size(descriptor, 256 << 10)
    }

    /// The disk was full at the last attempt: nothing more is read until it takes what is held, so the provider waits.
    var isBlocked: Bool { !held.isEmpty }

    /// Moves what is there, at most `rounds` buffers. False when the pipe is empty, at its end, or blocked.
    mutating func move(to spool: Int32, rounds: Int = 16) -> Bool {
        guard retry(spool) else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            for _ in 0..<rounds {
                guard descriptor >= 0 else { return false }
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EAGAIN { return false }
                guard count > 0 else {
                    close(descriptor)
                    descriptor = -1
                    return false
                }
                let written = writeWhatFits(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: spool)
                if written < count {
                    held = Array(buffer[written..<count])
                    return false
                }
            }
            return true
        }
    }

    /// Tries again to write what is held; true when nothing is.
    mutating func retry(_ spool: Int32) -> Bool {
        guard isBlocked else { return true }
        let written = held.withUnsafeBytes { writeWhatFits($0, to: spool) }
        held.removeFirst(written)
        return held.isEmpty
    }

    private func writeWhatFits(_ bytes: UnsafeRawBufferPointer, to spool: Int32) -> Int {
        var done = 0
        while done < bytes.count, let start = bytes.baseAddress {
            let written = write(spool, start + done, bytes.count - done)
            if written < 0 {
                if errno == EINTR { continue }
                break
            }
            done += written
        }
        return done
    }
}
