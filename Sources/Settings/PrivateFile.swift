import Glibc
package import Model

/// Writes files that only their owner may read, whole or not at all.
package enum PrivateFile {
    /// A lock that is held until it is released.
    struct Lock {
        fileprivate let descriptor: Int32
        func release() { close(descriptor) }
    }

    /// Waits for the lock on `path`, which is created where needed.
    static func lock(_ path: String) throws(TuttiError) -> Lock {
        try makeFolder(Paths.parent(path))
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("lock", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw failure("lock", path)
            }
        }
        return Lock(descriptor: descriptor)
    }

    /// Puts `bytes` at `path` by a rename, with these permissions; folders on the way are created for the owner alone.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(TuttiError) {
        try makeFolder(Paths.parent(path))
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            start += count
        }
        let isWhole = start == bytes.count && fsync(descriptor) == 0
        let problem = failure("write", path)
        close(descriptor)
        guard isWhole, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw isWhole ? failure("replace", path) : problem
        }
    }

    /// Creates `path` and the folders above it that are missing, for the owner alone.
    package static func makeFolder(_ path: String) throws(TuttiError) {
        if FileText.isFolder(path) { return }
        if path != "/" { try makeFolder(Paths.parent(path)) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    private static func failure(_ verb: String, _ path: String) -> TuttiError {
        TuttiError(
            .cannotCreate, "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            hint: "check the folder's owner, permissions and free space")
    }
}
