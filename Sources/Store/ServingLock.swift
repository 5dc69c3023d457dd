internal import Glibc
package import Model
internal import StreamJSON

/// The lock of the one coordinator that serves a store: whoever holds it answers for all that waits.
///
/// The kernel lets go of it when the process ends, however it ends, so that a file which a dead process left keeps nobody
/// out. The file holds what its holder says of itself.
package final class ServingLock: Sendable {
    /// The lock file.
    package let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Takes the lock of the store whose state lies in `folder`; nil when somebody holds it.
    package static func acquire(in folder: String) throws(TuttiError) -> ServingLock? {
        let path = ServingLock.path(in: folder)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw TuttiError(
                .cannotCreate, "The lock file \(path) cannot be created: \(String(cString: strerror(errno)))",
                hint: "check that you may write in \(folder)")
        }
        // Those who only ask hold a shared lock for an instant, and a process that a dead holder was just starting holds its
        // copy until it executes its program: neither is a holder.
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                _ = ftruncate(descriptor, 0)
                return ServingLock(path: path, descriptor: descriptor)
            }
            usleep(500)
        }
        _ = Glibc.close(descriptor)
        return nil
    }

    /// True while a process serves the store whose state lies in `folder`.
    package static func isHeld(in folder: String) -> Bool {
        let descriptor = Glibc.open(path(in: folder), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// What the holder says of itself; nil when nobody holds the lock. Empty in the moment before it has said anything.
    package static func holder(in folder: String) -> JSONObject? {
        guard isHeld(in: folder) else { return nil }
        let descriptor = Glibc.open(path(in: folder), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return [:] }
        defer { _ = Glibc.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        let line = buffer[..<max(0, count)].prefix { $0 != UInt8(ascii: "\n") }
        return (try? JSONValue(parsing: Array(line)))?.object ?? [:]
    }

    /// Says of this process what others may want to know; everything that was said before is replaced.
    package func say(_ words: JSONObject) {
        let bytes = Array((words.text + "\n").utf8)
        // One write: a reader sees the old line or the new one. The rest of a longer old one goes afterwards.
        _ = pwrite(descriptor, bytes, bytes.count, 0)
        _ = ftruncate(descriptor, off_t(bytes.count))
    }

    /// Gives the lock back; the file stays, and says nothing.
    package func release() {
        _ = ftruncate(descriptor, 0)
        // A process that is just being started shares this lock until it executes its program.
        _ = flock(descriptor, LOCK_UN)
    }

    private static func path(in folder: String) -> String { folder + "/serve.lock" }
}
