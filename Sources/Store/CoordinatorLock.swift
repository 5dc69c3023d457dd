internal import Glibc
package import Model
internal import Synchronization

/// The lock file that a coordinator holds while it lives: the only proof of its life.
///
/// The kernel lets go of the lock when the process ends, however it ends. The descriptor is closed on exec, so that no
/// child keeps a dead coordinator alive.
package final class CoordinatorLock: Sendable {
    package let id: Identifier
    private let path: String
    private let descriptor: Mutex<Int32>

    private init(id: Identifier, path: String, descriptor: Int32) {
        self.id = id
        self.path = path
        self.descriptor = Mutex(descriptor)
    }

    deinit { descriptor.withLock { if $0 >= 0 { _ = Glibc.close($0) } } }

    /// Takes the lock of `id` in the folder of locks (`STATE/coordinators`); throws when somebody holds it.
    package static func acquire(_ id: Identifier, in folder: String) throws(TuttiError) -> CoordinatorLock {
        let path = "\(folder)/\(id.text).lock"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw TuttiError(
                .cannotCreate, "The lock file \(path) cannot be created: \(String(cString: strerror(errno)))",
                hint: "check that you may write in \(folder)")
        }
        // Somebody who only asks holds a shared lock for an instant: that must not look like a holder.
        var tries = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, tries < 40 {
            tries += 1
            usleep(500)
        }
        guard tries < 40 else {
            let reason = String(cString: strerror(errno))
            _ = Glibc.close(descriptor)
            throw TuttiError(
                .tryAgain, "The lock file \(path) is held by another process: \(reason)",
                hint: "that coordinator is still alive; try again when it has ended")
        }
        return CoordinatorLock(id: id, path: path, descriptor: descriptor)
    }

    /// True while another descriptor holds the lock of `id`.
    package static func isHeld(_ id: Identifier, in folder: String) -> Bool {
        // A shared lock on a fresh descriptor: two that ask at once do not take each other for the holder.
        let descriptor = Glibc.open("\(folder)/\(id.text).lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// The coordinators whose locks are held in `folder`.
    package static func holders(in folder: String) -> [Identifier] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var holders: [Identifier] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".lock"), let id = Identifier(String(name.dropLast(5))), isHeld(id, in: folder) else {
                continue
            }
            holders.append(id)
        }
        return holders.sorted()
    }

    /// Gives the lock back and removes its file.
    package func release() {
        descriptor.withLock {
            guard $0 >= 0 else { return }
            _ = unlink(path)
            _ = Glibc.close($0)
            $0 = -1
        }
    }
}
