import Glibc
import Synchronization

/// The hashes of files that were read before, by how the files stood then: a thousand rows over the same files read them once.
final class FileDigests: Sendable {
    /// What changes whenever a file does.
    private struct Standing: Hashable {
        let device: dev_t
        let inode: ino_t
        let size: Int
        let changed: [Int]

        init(_ status: stat) {
            device = status.st_dev
            inode = status.st_ino
            size = Int(status.st_size)
            changed = [status.st_mtim, status.st_ctim].flatMap { [Int($0.tv_sec), Int($0.tv_nsec)] }
        }
    }

    private let known = Mutex<[Standing: String]>([:])
    private static let most = 100_000

    /// The hash of the file that stands so; nil when it is not known.
    subscript(_ status: stat) -> String? { known.withLock { $0[Standing(status)] } }

    /// Keeps the hash of a file that stood so before it was read.
    func keep(_ digest: String, of status: stat) {
        // The clock of a file system has steps: what changed a moment ago could change again and stand the same.
        guard time(nil) - status.st_ctim.tv_sec > 2 else { return }
        known.withLock { known in
            if known.count >= FileDigests.most { known.removeAll() }
            known[Standing(status)] = digest
        }
    }
}
