import CLinux
import Glibc
import Model
import Store

/// What `doctor --fix` does: only what cannot lose anything.
struct Repairs {
    private let context: CommandContext

    /// Repairs of the place where the command runs.
    init(_ context: CommandContext) { self.context = context }

    /// Does all of it; a finding for each thing that was changed, and one for what was in the way.
    func findings() -> [Finding] {
        var done: [String] = []
        var failure: Finding?
        do { try run(&done) } catch {
            failure = Finding(check: "fix", error, fix: "see what the other lines say, then: tutti doctor --fix")
        }
        return done.map { Finding(check: "fixed", state: .good, detail: $0) } + (failure.map { [$0] } ?? [])
    }

    private func run(_ done: inout [String]) throws {
        let path = try context.storePath()
        for file in [path, path + "-wal", path + "-shm", path + ".tick"] { protect(file, 0o600, &done) }
        guard let store = try context.storeForReading() else { return }
        defer { store.close() }
        protect(context.stateHome, 0o700, &done)
        protect(store.stateFolder, 0o700, &done)
        let dead = try store.read { try $0.deadCoordinators() }
        removeLocks(in: store.stateFolder + "/coordinators", except: Set(dead.map(\.id)), &done)
        if !dead.isEmpty {
            try CoordinatorPlace.goOn(store, context)
            done.append(
                "started the recovery of what \(Amounts.count(dead.count, "dead coordinator")) left; see: tutti ps")
        }
    }

    /// Takes rights that others have away from what is ours.
    private func protect(_ path: String, _ mode: mode_t, _ done: inout [String]) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & S_IFMT != S_IFLNK,
            status.st_mode & 0o077 != 0, chmod(path, mode) == 0
        else { return }
        done.append("\(path) is for you alone now")
    }

    /// Removes lock files that nobody holds and whose coordinator left no work.
    ///
    /// A file that is younger than a minute may be one whose owner is just about to take it.
    private func removeLocks(in folder: String, except: Set<Identifier>, _ done: inout [String]) {
        guard let handle = opendir(folder) else { return }
        defer { closedir(handle) }
        var removed = 0
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".lock"), let id = Identifier(String(name.dropLast(5))), !except.contains(id) else {
                continue
            }
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0, status.st_mtim.tv_sec < time(nil) - 60,
                !CoordinatorLock.isHeld(id, in: folder), unlink(folder + "/" + name) == 0
            else { continue }
            removed += 1
        }
        if removed > 0 { done.append("removed \(Amounts.count(removed, "lock file")) that nobody holds") }
    }
}
