import CLinux
import Glibc

/// The file that holds every byte of the provider's standard output.
struct Spool {
    /// Open for appending; in file mode it is also the provider's standard output.
    let descriptor: Int32
    /// Up to where space on disk is reserved.
    private var reserved: Int64 = 0
    private var canReserve = true
    /// The last attempt to reserve space found none.
    private(set) var isShortOfSpace = false
    /// Bytes could not be written for want of space.
    private(set) var lostBytes = false

    /// Opens it, and takes the right to write from everybody who opens it by name: a tool's `> /proc/PPID/fd/1` fails
    /// instead of truncating it.
    init(in folder: SessionFolder) throws(Complaint) {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        descriptor = openat(folder.descriptor, "spool.jsonl", flags, 0o600)
        guard descriptor >= 0 else { throw Complaint("open the spool", errno: errno) }
        fchmod(descriptor, 0o400)
    }

    /// How long it is now.
    var length: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Keeps space reserved ahead of `length`, so that a full disk is noticed before a byte is lost.
    mutating func reserveAhead(of length: Int64, grown: Int64) {
        let window = max(Spool.window, grown * 2)
        guard canReserve, isShortOfSpace || reserved - length < window / 2 else { return }
        if tutti_reserve(descriptor, length, window) == 0 {
            reserved = length + window
            isShortOfSpace = false
        } else if errno == ENOSPC || errno == EDQUOT {
            isShortOfSpace = true
            // The space reserved before is used up: what came after it met the full disk.
            if length >= reserved - reserved % Spool.block { lostBytes = true }
        } else if errno != EINTR {
            canReserve = false
        }
    }

    /// Bytes that the pump could not write are lost.
    mutating func noteLoss() { lostBytes = true }

    /// Gives back reserved space, makes the bytes durable and the file the owner's again. The final length.
    func finish() -> Int64 {
        let length = length
        if reserved > length { ftruncate(descriptor, off_t(length)) }
        fdatasync(descriptor)
        fchmod(descriptor, 0o600)
        return length
    }

    private static let window: Int64 = 256 << 10
    private static let block: Int64 = 4096
}
