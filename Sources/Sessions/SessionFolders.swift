import CLinux
import Glibc
package import Model

/// The folders of a store's sessions on disk: which there are, how large they are, and taking away what nobody needs.
package struct SessionFolders: Sendable {
    /// The folder that holds them, `STATE/stores/ID/sessions`.
    package let root: String

    /// The folders below `root`.
    package init(root: String) { self.root = root }

    /// The sessions that have a folder, in no order. Other names are not ours.
    package func sessions() -> [Identifier] {
        guard let folder = opendir(root) else { return [] }
        defer { closedir(folder) }
        var found: [Identifier] = []
        while let name = nextName(of: folder) {
            if let id = Identifier(name), id.text == name { found.append(id) }
        }
        return found
    }

    /// Bytes on the disk of a session's folder; 0 when there is none.
    package func bytes(of session: Identifier) -> Int64 {
        let descriptor = open(path(of: session), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        return visit(descriptor) { parent, name, facts in
            facts.st_mode & S_IFMT == S_IFDIR ? nil : Int64(facts.st_blocks) * 512
        }
    }

    /// When something in a session's folder was last written; nil when there is no folder.
    package func lastWritten(_ session: Identifier) -> Timestamp? {
        var newest: Timestamp?
        for name in ["", "/" + HostRecords.spool, "/" + HostRecords.ending] {
            var facts = stat()
            guard lstat(path(of: session) + name, &facts) == 0 else { continue }
            let time = Timestamp(
                milliseconds: Int64(facts.st_mtim.tv_sec) * 1000 + Int64(facts.st_mtim.tv_nsec) / 1_000_000)
            newest = max(newest ?? time, time)
        }
        return newest
    }

    /// Those of `sessions` of which a process lives: a host, a provider, or what it left.
    ///
    /// Throws when the system has no descriptor for looking: then nothing is known.
    package func alive(among sessions: Set<Identifier>) throws(NoDescriptor) -> Set<Identifier> {
        sessions.isEmpty ? [] : try MarkedProcesses(of: sessions).sessionsAlive()
    }

    /// Removes a session's folder with all that is in it, and gives the bytes that came free; nil when something stays.
    ///
    /// No link is followed: what a folder of ours points at is not ours.
    package func remove(_ session: Identifier) -> Int64? {
        let path = path(of: session)
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? 0 : nil }
        let bytes = visit(descriptor) { parent, name, facts in
            let isFolder = facts.st_mode & S_IFMT == S_IFDIR
            return unlinkat(parent, name, isFolder ? AT_REMOVEDIR : 0) == 0 && !isFolder
                ? Int64(facts.st_blocks) * 512 : nil
        }
        return rmdir(path) == 0 ? bytes : nil
    }

    private func path(of session: Identifier) -> String { root + "/" + session.text }

    /// Calls `body` with everything below a folder, folders after what is in them; the sum of what it gives. Closes `folder`.
    private func visit(_ folder: Int32, depth: Int = 0, _ body: (Int32, String, stat) -> Int64?) -> Int64 {
        guard let entries = fdopendir(folder) else {
            close(folder)
            return 0
        }
        defer { closedir(entries) }
        var names: [String] = []
        while let name = nextName(of: entries) { names.append(name) }
        var sum: Int64 = 0
        for name in names {
            var facts = stat()
            guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR, depth < 32 {
                let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                if inner >= 0 { sum += visit(inner, depth: depth + 1, body) }
            }
            sum += body(folder, name, facts) ?? 0
        }
        return sum
    }

    /// The next name of an open folder, without itself and the one above.
    private func nextName(of folder: OpaquePointer) -> String? {
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { return name }
        }
        return nil
    }
}
