import Glibc
import Settings

/// A file that a result is written to, whatever links lead there: the folder that holds it, and its name.
package struct SavePlace: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let name: String

    fileprivate init?(_ descriptor: Int32, _ name: String) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        (device, inode, self.name) = (UInt64(status.st_dev), UInt64(status.st_ino), name)
    }
}

extension DiskFolder {
    /// The file that a result for `path` would be; nil while its folder is not there.
    package func savePlace(of path: String) -> SavePlace? {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last else { return nil }
        let folder = open(([root] + parts.dropLast()).joined(separator: "/"), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        return SavePlace(folder, name)
    }

    /// Writes a result to `path`, whole or not at all, and makes the folders to it.
    ///
    /// Each folder is opened and then asked where it lies, so a link that somebody puts there in between leads nowhere;
    /// a link in place of the file itself is replaced and not followed. The old file stays until the new one is on disk.
    /// What `claim` throws of the file that it comes to is thrown before anything is written there.
    package func save(
        _ bytes: [UInt8], to path: String, claim: (SavePlace) throws(BatchFolderError) -> Void = { _ in }
    ) throws(BatchFolderError) {
        if let problem = SavePath.problem(of: path) {
            throw BatchFolderError("\(path.prefix(80)): it \(problem.message)", hint: problem.hint)
        }
        var parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard let name = parts.popLast() else { throw BatchFolderError("\(path): it names no file") }
        var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if folder >= 0 { close(folder) } }
        for part in parts {
            guard folder >= 0 else { break }
            if mkdirat(folder, part, 0o777) != 0, errno != EEXIST { throw failed(path) }
            let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            let code = errno
            close(folder)
            folder = next
            errno = code
            if folder >= 0, !leadsInside(folder) {
                throw BatchFolderError("\(path): it leads out of the batch's folder", hint: "remove the link \(part)")
            }
        }
        guard folder >= 0, let place = SavePlace(folder, name), let inner = inside(folder) else { throw failed(path) }
        if let problem = SavePath.reserved("\(inner)/\(name)") {
            throw BatchFolderError("\(path): it \(problem.message)", hint: problem.hint)
        }
        try claim(place)
        // The process and the clock make the name one that nobody else uses; a file of that name is refused all the same.
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let draft = ".tutti-\(getpid())-\(time.tv_sec)-\(time.tv_nsec)"
        let descriptor = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failed(path) }
        let isWritten = write(bytes, to: descriptor) && fsync(descriptor) == 0
        let code = errno
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, renameat(folder, draft, folder, name) == 0 else {
            let reason = isWritten ? errno : code
            unlinkat(folder, draft, 0)
            errno = reason
            throw failed(path)
        }
        fsync(folder)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func failed(_ path: String) -> BatchFolderError {
        BatchFolderError("\(path): \(DiskFolder.systemWords)", hint: "is there space, and may you write there?")
    }
}
