import CLinux
import Glibc

/// The file that holds every byte of the provider's standard output.
struct Spool {
    /// Open for appending; in file mode it is also the provider's standard output.
    let descriptor: Int32
    /// Up to where space on disk is reserved.
    private var reserved: Int64 = 0
    private var canReserve: Bool
    /// The last attempt to reserve space found none.
    private(set) var isShortOfSpace = false
    /// Bytes could not be written for want of space.
    private(set) var lostBytes = false

    /// Opens it, and takes the right to write from everybody who opens it by name: a tool's `> /proc/PPID/fd/1` fails
    /// instead of truncating it.
    ///
    /// With `reserves` space is kept reserved ahead; the pump needs none, because it holds what the disk does not take.
    init(in folder: SessionFolder, reserves: Bool) throws(Complaint) {
        canReserve = reserves
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

    /// How many bytes fit before more space has to be reserved; nil where space cannot be reserved.
    func reservedAhead(of length: Int64) -> Int64? { canReserve ? max(0, reserved - length) : nil }

    /// Keeps space reserved ahead of `length`, so that a full disk is noticed before a byte is lost.
    mutating func reserveAhead(of length: Int64, grown: Int64) {
        var window = min(max(Spool.window, grown * 2), Spool.largestWindow)
        guard canReserve, isShortOfSpace || reserved - length < window / 2 else { return }
        isShortOfSpace = false
        while tutti_reserve(descriptor, length, window) != 0 {
            if errno == EINTR { continue }
            guard errno == ENOSPC || errno == EDQUOT else {
                canReserve = false
                return
            }
            isShortOfSpace = true
            window /= 4
            if window < Spool.block {
                // Not one block is left, and what was reserved is used up: a write may have met the full disk.
                if length >= reserved - reserved % Spool.block { lostBytes = true }
                return
            }
        }
        reserved = max(reserved, length + window)
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

    private static let window: Int64 = 512 << 10
    private static let largestWindow: Int64 = 8 << 20
    private static let block: Int64 = 4096
}
