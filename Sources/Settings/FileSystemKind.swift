/// What kind of file system a path lies on, as far as a database cares.
package struct FileSystemKind: Sendable, Hashable {
    /// The mount table's name for it: `ext4`, `nfs4`, `fuse.sshfs`.
    package var name: String

    /// The kind of that name.
    package init(name: String) { self.name = name }

    /// True when several machines or a synchronising program may write to it: shared memory and locks cannot be trusted.
    package var isShared: Bool {
        // FUSE serves local disks (NTFS, container layers) as well as remote folders.
        if name.hasPrefix("fuse.") { return !FileSystemKind.localFUSE.contains(name) }
        return FileSystemKind.shared.contains(name)
    }

    private static let localFUSE: Set<String> = [
        "fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.bindfs", "fuse.squashfuse", "fuse.lxcfs", "fuse.mergerfs",
    ]
    private static let shared: Set<String> = [
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "kafs", "coda", "ceph", "lustre", "gfs",
        "gfs2", "ocfs2", "9p", "gpfs", "vboxsf", "vmhgfs", "prl_fs", "orangefs", "pvfs2", "beegfs", "davfs", "fuse",
        "virtiofs", "drvfs",
    ]

    /// The kind of file system that holds `path`, or the nearest folder above it that exists; local when nobody knows.
    package static func of(_ path: String) -> FileSystemKind {
        var existing = Paths.normal(path)
        while existing != "/", Paths.real(existing) == nil { existing = Paths.parent(existing) }
        guard let table = try? FileText.read("/proc/self/mountinfo", limit: 8 << 20) else {
            return FileSystemKind(name: "unknown")
        }
        let text = String(decoding: table.bytes, as: UTF8.self)
        return of(Paths.real(existing) ?? existing, mounts: text)
    }

    /// The kind that a mount table (the text of `/proc/self/mountinfo`) gives for a path without links.
    static func of(_ path: String, mounts: String) -> FileSystemKind {
        var best: (length: Int, type: String) = (-1, "unknown")
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 6, let dash = words.dropFirst(6).firstIndex(of: "-"), dash + 1 < words.count
            else { continue }
            let point = words[4].replacing("\\040", with: " ")
            // Of two mounts on one point the later one hides the earlier.
            if Paths.isInside(path, point), point.utf8.count >= best.length {
                best = (point.utf8.count, words[dash + 1])
            }
        }
        return FileSystemKind(name: best.type)
    }
}
