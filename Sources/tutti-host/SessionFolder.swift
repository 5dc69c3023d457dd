import CLinux
import Glibc

/// The session's folder: everything that the host leaves behind is written here.
struct SessionFolder {
    /// A descriptor of the folder itself, so that nobody can put another in its place.
    let descriptor: Int32
    /// Its path as it was given, for finding the folder above it.
    let path: String

    init(_ path: String) throws(Complaint) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Complaint("open the session's folder \(path)", errno: errno) }
        self.path = path
    }

    /// Takes the session for this host: of all hosts and adopters that ever try, one succeeds.
    ///
    /// Without it a coordinator that was suspended just before it started a host would start it after another one had taken
    /// the session for lost, and the same job would run twice.
    func claim() throws(Complaint) {
        let file = openat(descriptor, "claim", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Complaint("claim the session's folder \(path)", errno: errno) }
        close(file)
    }

    /// True when the folder has been removed.
    var isGone: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink == 0
    }

    /// Reserves space for a later ``replace(_:with:durably:)``, so that a full disk cannot keep the ending from being told.
    func reserve(_ name: String) {
        let file = openat(descriptor, "\(name).new", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        tutti_reserve(file, 0, 4096)
        close(file)
    }

    /// Writes `text` as the file `name`, whole or not at all; with `durably` it is on disk before it has its name.
    ///
    /// The folder itself is not synced: after a power loss without the name the boot id differs, and the reader judges by
    /// the spool alone.
    func replace(_ name: String, with text: String, durably: Bool) throws(Complaint) {
        let made = "\(name).new"
        // Not truncated before it is written: that would give back the space that was reserved for it.
        let file = openat(descriptor, made, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Complaint("create \(made)", errno: errno) }
        defer { close(file) }
        var bytes = Array(text.utf8)
        guard writeAll(&bytes, bytes.count, to: file) else { throw Complaint("write \(made)", errno: errno) }
        ftruncate(file, off_t(bytes.count))
        if durably && fsync(file) != 0 { throw Complaint("sync \(made)", errno: errno) }
        guard renameat(descriptor, made, descriptor, name) == 0 else { throw Complaint("rename \(made)", errno: errno) }
    }
}

/// Writes `count` bytes; false with errno when it cannot.
func writeAll(_ bytes: UnsafeRawPointer, _ count: Int, to descriptor: Int32) -> Bool {
    var done = 0
    while done < count {
        let written = write(descriptor, bytes + done, count - done)
        if written < 0 {
            if errno == EINTR { continue }
            return false
        }
        done += written
    }
    return true
}

/// The text of a small file, empty when it cannot be read.
func smallFile(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}

/// A JSON object, written member by member in the order of the calls.
struct JSONRecord {
    private var body = ""

    mutating func add(_ key: String, _ value: Int64?) { append(key, value.map { String($0) } ?? "null") }
    mutating func add(_ key: String, _ value: Bool) { append(key, value ? "true" : "false") }

    mutating func add(_ key: String, _ value: String?) {
        guard let value else { return append(key, "null") }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        append(key, quoted + "\"")
    }

    /// The whole object with a newline.
    var text: String { "{\(body)}\n" }

    private mutating func append(_ key: String, _ value: String) {
        if !body.isEmpty { body += "," }
        body += "\"\(key)\":\(value)"
    }
}
