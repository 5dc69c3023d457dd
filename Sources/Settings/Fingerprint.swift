import Glibc

/// What tells one content of a file from another.
package enum Fingerprint {
    /// The hash of the file at `path`; very large ones are told apart by size and time of change.
    package static func of(_ path: String) -> String { read(path).hash }

    /// The same, with the bytes where the whole file was read.
    static func read(_ path: String) -> (hash: String, bytes: [UInt8]?) {
        if let content = try? FileText.read(path, limit: 16 << 20) { return (SHA256.hex(content.bytes), content.bytes) }
        guard let status = FileText.status(path) else { return ("missing", nil) }
        return ("size \(status.st_size) changed \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)", nil)
    }
}
