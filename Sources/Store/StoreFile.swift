internal import CLinux
internal import Foundation
internal import Glibc
internal import Model

/// The file of a store before SQLite sees it.
enum StoreFile {
    /// What lies at a path.
    struct Place {
        /// The path with symbolic links resolved.
        var path: String
        var isMissing: Bool
        /// True also for a file of 0 bytes, which is a new store.
        var isEmpty: Bool
    }

    /// Looks at `path` and refuses what cannot hold a store.
    static func examine(_ path: String, fileSystemType: (String) -> Int) throws(TuttiError) -> Place {
        let path = resolve(path)
        let folder = (path as NSString).deletingLastPathComponent
        try refuseNetwork(nearestFolder(folder), path: path, fileSystemType: fileSystemType)
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            let reason = errno
            if reason == ENOENT { return Place(path: path, isMissing: true, isEmpty: true) }
            throw TuttiError(
                reason == EACCES ? .notAllowed : .cannotCreate,
                "The store \(path) cannot be opened: \(String(cString: strerror(reason)))",
                hint: "check the path, or choose another with --db PATH")
        }
        guard facts.st_mode & S_IFMT != S_IFDIR else {
            throw TuttiError(
                .cannotCreate, "The store \(path) is a directory",
                hint: "name a file, for instance --db \(path)/tutti.db")
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw TuttiError(
                .cannotCreate, "The store \(path) is not a regular file", hint: "choose another with --db PATH")
        }
        guard facts.st_nlink < 2 else {
            throw TuttiError(
                .badConfiguration,
                "The store \(path) has \(facts.st_nlink) hard links: opened by two names, its write-ahead log would split",
                hint: "remove the other names, or copy the file and use the copy (a symbolic link is fine)")
        }
        return Place(path: path, isMissing: false, isEmpty: facts.st_size == 0)
    }

    /// Creates an empty file that only its owner can read, and its folder.
    static func create(_ path: String) throws(TuttiError) {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try createFolder(folder) }
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno
            if reason == EEXIST { return }
            throw TuttiError(
                reason == EACCES ? .notAllowed : reason == ENOSPC ? .storeFailed : .cannotCreate,
                "The store \(path) cannot be created: \(String(cString: strerror(reason)))",
                hint: reason == ENOSPC
                    ? "free some space there and run it again"
                    : "check that you may write in \(folder), or choose another place with --db PATH")
        }
        _ = close(descriptor)
    }

    /// Takes other people's access away from a file of ours, and refuses one that we cannot write.
    static func protect(_ path: String) throws(TuttiError) {
        guard access(path, W_OK) == 0 else {
            let reason = errno
            throw TuttiError(
                reason == EROFS ? .cannotCreate : .notAllowed,
                "The store \(path) cannot be written: \(String(cString: strerror(reason)))",
                hint: "give yourself write permission (chmod u+w), or choose another with --db PATH")
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, W_OK) == 0 else {
            let reason = errno
            throw TuttiError(
                reason == EROFS ? .cannotCreate : .notAllowed,
                "The folder of the store \(path) cannot be written: \(String(cString: strerror(reason)))",
                hint:
                    "its write-ahead log must lie beside it; make the folder writable, or choose another with --db PATH"
            )
        }
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & 0o077 != 0, facts.st_uid == geteuid() { _ = chmod(path, 0o600) }
    }

    /// Creates `folder` and what is missing above it, all for the owner alone.
    static func createFolder(_ folder: String) throws(TuttiError) {
        var facts = stat()
        if stat(folder, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFDIR else {
                throw TuttiError(
                    .cannotCreate, "\(folder) is not a directory", hint: "move it away, or choose another place")
            }
            return
        }
        let above = (folder as NSString).deletingLastPathComponent
        if !above.isEmpty, above != folder { try createFolder(above) }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            let reason = errno
            throw TuttiError(
                reason == EACCES ? .notAllowed : reason == ENOSPC ? .storeFailed : .cannotCreate,
                "The folder \(folder) cannot be created: \(String(cString: strerror(reason)))",
                hint: "check that you may write above it, or choose another place")
        }
    }

    /// True when there is anything of this name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// True when the file is this user's.
    static func isOwn(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_uid == geteuid()
    }

    /// True when both names lead to one file.
    static func isSame(_ left: String, _ right: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(left, &first) == 0 && stat(right, &second) == 0 && first.st_ino == second.st_ino
            && first.st_dev == second.st_dev
    }

    /// The absolute path with symbolic links resolved, as far as it exists.
    static func resolve(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        let standard = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        // A link to a file that is still to be made.
        if readlink(standard, &target, Int(PATH_MAX)) > 0 {
            let text = String(decoding: target.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let folder = (standard as NSString).deletingLastPathComponent
            return resolve(text.hasPrefix("/") ? text : folder + "/" + text)
        }
        let name = (standard as NSString).lastPathComponent
        let folder = (standard as NSString).deletingLastPathComponent
        return folder == standard || folder.isEmpty
            ? standard : (resolve(folder) as NSString).appendingPathComponent(name)
    }

    private static func nearestFolder(_ folder: String) -> String {
        var folder = folder.isEmpty ? "." : folder
        while access(folder, F_OK) != 0, folder.count > 1 {
            folder = (folder as NSString).deletingLastPathComponent
            if folder.isEmpty { return "." }
        }
        return folder
    }

    /// File systems without the shared memory and locks that a write-ahead log needs between machines.
    private static let network: [Int: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
        0x5346_414F: "AFS", 0x00C3_6400: "Ceph", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS", 0x1983_0326: "BeeGFS",
    ]

    private static func refuseNetwork(_ folder: String, path: String, fileSystemType: (String) -> Int)
        throws(TuttiError)
    {
        guard let name = network[fileSystemType(folder) & 0xFFFF_FFFF] else { return }
        throw TuttiError(
            .badConfiguration,
            "The store \(path) would lie on a network file system (\(name)), where it cannot be shared safely",
            hint: "choose a place on a local disk, for instance --db /var/tmp/tutti-\(geteuid())/tutti.db")
    }
}
