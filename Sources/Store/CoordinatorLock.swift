internal import CLinux
internal import Glibc
package import Model
internal import Synchronization

/// The lock file that a coordinator holds while it lives: the only proof of its life.
///
/// The kernel lets go of the lock when the process ends, however it ends. The descriptor is closed on exec, so that no
/// child keeps a dead coordinator alive.
package final class CoordinatorLock: Sendable {
    package let id: Identifier
    /// The lock file. It is there as long as the coordinator has work, or is dead and nobody has taken that over.
    package let path: String
    private let descriptor: Mutex<Int32>

    private init(id: Identifier, path: String, descriptor: Int32) {
        self.id = id
        self.path = path
        self.descriptor = Mutex(descriptor)
    }

    deinit { descriptor.withLock { if $0 >= 0 { _ = Glibc.close($0) } } }

    /// Takes the lock of `id` in the folder of locks (`STATE/coordinators`); throws when somebody holds it.
    package static func acquire(_ id: Identifier, in folder: String) throws(TuttiError) -> CoordinatorLock {
        while true {
            let lock = try attempt(id, in: folder)
            // Whoever tidies up may have removed the file between its creation and the lock; then nobody would see this one.
            if lock.descriptor.withLock({ isInPlace($0) }) { return lock }
        }
    }

    /// False once somebody has removed the file, whose only name is the lock's path.
    private static func isInPlace(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) != 0 || status.st_nlink > 0
    }

    private static func attempt(_ id: Identifier, in folder: String) throws(TuttiError) -> CoordinatorLock {
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
        named(in: folder).filter { isHeld($0, in: folder) }
    }

    /// Removes the files of coordinators that were killed, except of those that `owners` names: they own work still.
    ///
    /// Nobody takes over from one that had nothing left, so its file would stay, and its guard with it. The owners are asked
    /// for when it is known who is dead: before, one of the living could still begin something, and then die.
    package static func removeAbandoned(in folder: String, owners: () throws -> Set<Identifier>) rethrows {
        let dead = named(in: folder).filter { !isHeld($0, in: folder) }
        guard !dead.isEmpty else { return }
        let owners = try owners()
        for id in dead where !owners.contains(id) { (try? attempt(id, in: folder))?.release() }
    }

    private static func named(in folder: String) -> [Identifier] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var found: [Identifier] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".lock"), let id = Identifier(String(name.dropLast(5))) { found.append(id) }
        }
        return found.sorted()
    }

    /// Gives the lock back and removes its file, unless work is left that somebody must take over.
    package func release(leavesWork: Bool = false) {
        descriptor.withLock {
            guard $0 >= 0 else { return }
            // A file of this name that is not ours any more is a later holder's.
            if !leavesWork, CoordinatorLock.isInPlace($0) { _ = unlink(path) }
            // A process that is just being started shares this lock until it executes its program: closing alone would leave
            // the lock with it, and whoever looks in that moment would find the coordinator alive.
            _ = flock($0, LOCK_UN)
            _ = Glibc.close($0)
            $0 = -1
        }
    }
}
