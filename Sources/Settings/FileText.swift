import Glibc

/// Reads small files whole, and never waits: what is no regular file is refused before it is read.
enum FileText {
    /// Why a file was not read.
    enum Refusal: Error, Equatable {
        case missing
        /// It exists and may not be read; the system's words.
        case denied(String)
        case notRegular
        /// Its size, and the largest that is read.
        case tooLarge(Int, Int)
    }

    /// What was read, and whose it is.
    struct Content {
        var bytes: [UInt8]
        var owner: uid_t
        var modifiedAt: timespec
    }

    /// The bytes of the file at `path`.
    static func read(_ path: String, limit: Int, followLinks: Bool = true) throws(Refusal) -> Content {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW)
        let fd = open(path, flags)
        guard fd >= 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { throw .missing }
            throw .denied(String(cString: strerror(code)))
        }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0 else { throw .denied(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_size <= limit else { throw .tooLarge(Int(status.st_size), limit) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(fd, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .denied(String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += chunk[..<count]
            // Files such as those of /proc have no size of their own.
            if bytes.count > limit { throw .tooLarge(bytes.count, limit) }
        }
        return Content(bytes: bytes, owner: status.st_uid, modifiedAt: status.st_mtim)
    }

    /// Whether `path` is a folder, a file or nothing, and whose.
    static func status(_ path: String, followLinks: Bool = true) -> stat? {
        var status = stat()
        let result = followLinks ? stat(path, &status) : lstat(path, &status)
        return result == 0 ? status : nil
    }

    /// Whose file or folder `path` is.
    static func owner(_ path: String) -> uid_t? { status(path)?.st_uid }

    /// True when `path` is a folder, also behind a link.
    static func isFolder(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    /// True when `path` is a regular file, also behind a link.
    static func isFile(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false }
}
