import CLinux
import Glibc

/// Whether anybody follows sessions of this store, and what is done when nobody does.
struct Coordinators {
    let locks: String
    let store: String
    let recoverer: String

    /// True when at least one coordinator holds its lock. What cannot be looked at counts as alive: ending work that somebody
    /// follows would be worse than waiting for nobody.
    func someoneLives() -> Bool {
        guard let folder = opendir(locks) else { return errno != ENOENT && errno != ENOTDIR }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".lock") && isHeld("\(locks)/\(name)") { return true }
        }
        return false
    }

    /// A shared lock for a moment: two who look at once do not see each other.
    private func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// Starts `tutti recover` by itself, which records this session's ending, unless somebody lives who will do so.
    ///
    /// At most three times in ten minutes for all sessions of the store: `recover.log` beside the sessions' folders.
    func recoverIfAlone(_ folder: SessionFolder) {
        if !someoneLives() { _ = recover(turnsIn: "../recover.log", of: folder.descriptor) }
    }

    /// Starts `tutti recover` when a turn is left in the file `turns`, which `folder` says the beginning of. The process, or
    /// nil when there is none.
    func recover(turnsIn turns: String, of folder: Int32) -> Int32? { takeTurn(turns, folder) ? recover() : nil }

    /// Starts `tutti recover`. The process, or nil when that does not work.
    func recover() -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0..<3 as Range<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        tutti_spawn_add_chdir(&actions, "/")
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | tutti_spawn_setsid
        posix_spawnattr_setflags(&attributes, flags)
        var set = sigset_t()
        sigemptyset(&set)
        posix_spawnattr_setsigmask(&attributes, &set)
        sigfillset(&set)
        posix_spawnattr_setsigdefault(&attributes, &set)
        let command: [String] = [recoverer, "recover", "--db", store]
        let words = command.map { strdup($0) } + [nil]
        // Whoever carries a session's mark is ended with it: the recovering process belongs to none.
        let environment = environmentWithoutMarks().map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var pid: Int32 = 0
        return posix_spawn(&pid, recoverer, &actions, &attributes, words, environment) == 0 ? pid : nil
    }

    private func takeTurn(_ turns: String, _ folder: Int32) -> Bool {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = openat(folder, turns, flags, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else { return false }
        defer { close(descriptor) }
        let now = wallMilliseconds() / 1000
        let recent = smallFile("/proc/self/fd/\(descriptor)").split(separator: "\n").compactMap { Int64($0) }.filter {
            abs(now - $0) < 600
        }
        guard recent.count < 3 else { return false }
        var text = Array((recent + [now]).map { "\($0)\n" }.joined().utf8)
        ftruncate(descriptor, 0)
        return pwrite(descriptor, &text, text.count, 0) == text.count
    }

    private func environmentWithoutMarks() -> [String] {
        let marks = ["TUTTI_SESSION=", "TUTTI_RUN=", "TUTTI_MODULE=", "TUTTI_DEPTH="]
        var kept: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if !marks.contains(where: text.hasPrefix) { kept.append(text) }
            next += 1
        }
        return kept
    }
}
