import Glibc
import Model

/// Reads and writes whole files.
enum FileBytes {
    /// No file that is read as a whole is larger: it stands in memory, and what is a device has no end.
    static let most = 512 << 20

    /// The bytes of `path`; `-` is standard input. Throws when there are more than `most`.
    static func read(_ path: String, most: Int = FileBytes.most) throws(TuttiError) -> [UInt8] {
        let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TuttiError(
                .notFound, "Cannot read \(path): \(String(cString: strerror(errno))).",
                hint: "name a file that can be read")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer[..<count]
                guard bytes.count <= most else {
                    throw TuttiError(
                        .badInput, "\(path) has more than \(Amounts.bytes(Int64(most))).",
                        hint: "name a file, not a device; of a larger one give a part: head -c 100M FILE")
                }
            } else if errno != EINTR {
                throw TuttiError(
                    .badInput, "Cannot read \(path): \(String(cString: strerror(errno))).",
                    hint: "name a file, not a folder")
            }
        }
    }

    /// Writes `text` to `path`, which must not exist yet unless `replacing`.
    static func write(_ text: String, to path: String, replacing: Bool = false, mode: mode_t = 0o644) throws(TuttiError)
    {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count >= 0 { done += count } else if errno != EINTR { throw failure(path) }
        }
    }

    /// Makes the folder `path` and those above it.
    static func makeFolder(_ path: String) throws(TuttiError) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            if mkdir(partial, 0o755) != 0, errno != EEXIST { throw failure(partial) }
        }
    }

    private static func failure(_ path: String) -> TuttiError {
        TuttiError(
            .cannotCreate, "Cannot write \(path): \(String(cString: strerror(errno))).",
            hint: "choose a place that you may write to")
    }
}
