internal import GRDB
internal import Glibc
internal import Model

/// Tells a store from its copies by the path that is kept in the folder of its recordings and locks.
///
/// A copy has the identifier of the store that it was made of, so both name the same folder. If both were worked with, the one
/// would delete recordings of the other, and do again what the other has done.
enum StoreTwin {
    /// True when `folder` says that it belongs to the store at `path`.
    static func isAtHome(_ path: String, in folder: String) -> Bool { original(in: folder) == path }

    private static func file(in folder: String) -> String { folder + "/store" }

    /// Throws exit status 78 when `folder` belongs to another file than `path`, which is there and is the store `id`, too.
    static func refuseCopy(_ path: String, of id: Identifier, in folder: String) throws {
        guard let original = original(in: folder), original != path, !StoreFile.isSame(original, path),
            identifier(of: original) == id
        else { return }
        throw TuttiError(
            .badConfiguration,
            "\(path) and \(original) are one store, one of the two a copy: only \(original) is worked with",
            hint:
                "nothing was changed; this one can be read (tutti ps -a --db \(path)), or worked with once the other is moved away"
        )
    }

    /// Notes that `folder` belongs to the store at `path`, which is the store `id`; of several that do so at once, one does.
    static func note(_ path: String, of id: Identifier, in folder: String) throws {
        let former = original(in: folder)
        guard former != path else { return }
        let (file, new) = (file(in: folder), file(in: folder) + ".\(getpid())")
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var bytes = Array(path.utf8) + [UInt8(ascii: "\n")]
        let isWritten = descriptor >= 0 && write(descriptor, &bytes, bytes.count) == bytes.count
        var reason = errno
        if descriptor >= 0 { close(descriptor) }
        if isWritten {
            // The first note of all is made where there is none; a later one takes the place of one that is true no more.
            let isFirst = former == nil && link(new, file) == 0
            let isSecond = former == nil && !isFirst && errno == EEXIST
            // Some file systems have no links.
            if isFirst || !isSecond && rename(new, file) == 0 {
                _ = unlink(new)
                return
            }
            reason = errno
            if isSecond {
                _ = unlink(new)
                return try refuseCopy(path, of: id, in: folder)
            }
        }
        _ = unlink(new)
        throw TuttiError(
            reason == ENOSPC ? .storeFailed : .cannotCreate,
            "The file \(file) cannot be written: \(String(cString: strerror(reason)))",
            hint: reason == ENOSPC ? "free some space there and run it again" : "check that you may write in \(folder)")
    }

    /// The path of the store that the folder belongs to; nil where nobody has said so.
    private static func original(in folder: String) -> String? {
        let descriptor = open(file(in: folder), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 1, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
        return String(decoding: bytes[..<(count - 1)], as: UTF8.self)
    }

    /// The identifier of the store at `path`; nil where there is none, or none that can be read.
    private static func identifier(of path: String) -> Identifier? {
        guard StoreFile.exists(path),
            let queue = try? DatabaseQueue(path: path, configuration: Store.readConfiguration())
        else { return nil }
        let text = try? queue.read { try String.fetchOne($0, sql: "SELECT value FROM store WHERE key = 'id'") }
        return (text ?? nil).flatMap { Identifier($0) }
    }
}
