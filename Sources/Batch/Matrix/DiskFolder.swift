import Glibc
import Settings

/// The batch's folder on disk. Links are followed only to where they stay inside of it.
package struct DiskFolder: BatchFolder {
    /// The folder's path without links.
    package let root: String

    private let digests = FileDigests()

    /// The most names that one pattern may look at.
    private static let maxNames = 200_000

    /// The folder at `path`; throws when there is none.
    package init(_ path: String) throws(BatchFolderError) {
        guard let real = DiskFolder.real(path) else {
            throw BatchFolderError("\(path): \(DiskFolder.systemWords)", hint: "is the path right?")
        }
        root = real
    }

    /// The folder of a batch that was read before. It may be gone by now; then whatever needs it says so.
    package init(formerly path: String) { root = DiskFolder.real(path) ?? path }

    /// The bytes of a regular file; throws when it leads out of the folder, is missing, or has more than `limit` bytes.
    package func read(_ path: String, limit: Int) throws(BatchFolderError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try look(at: path, limit: limit) { _ in
            true
        } piece: {
            bytes += $0
        }
        return bytes
    }

    /// The SHA-256 of a file in hexadecimal digits; one that stands as it stood is not read again.
    package func digest(_ path: String, limit: Int) throws(BatchFolderError) -> String {
        var hash = SHA256()
        var known: String?
        let status = try look(at: path, limit: limit) { status in
            known = digests[status]
            return known == nil
        } piece: {
            hash.update($0)
        }
        if let known { return known }
        let digest = SHA256.hex(of: hash.finish())
        digests.keep(digest, of: status)
        return digest
    }

    /// Opens a regular file and, when `wants` says so of its standing, reads it piece by piece. Gives how it stood then.
    private func look(
        at path: String, limit: Int, _ wants: (stat) -> Bool, piece: (ArraySlice<UInt8>) -> Void
    ) throws(BatchFolderError) -> stat {
        let descriptor = open(root + "/" + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw BatchFolderError("\(path): \(DiskFolder.systemWords)") }
        defer { close(descriptor) }
        // What was opened is asked where it lies: a link that is exchanged in between changes nothing.
        guard leadsInside(descriptor) else {
            throw BatchFolderError("\(path): it leads out of the batch's folder", hint: "copy the file into the folder")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BatchFolderError("\(path): it is no regular file", hint: "name a file")
        }
        guard wants(status) else { return status }
        var total = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BatchFolderError("\(path): \(DiskFolder.systemWords)") }
            if count == 0 { return status }
            total += count
            guard total <= limit else {
                throw BatchFolderError("\(path): it has more than \(limit) bytes", hint: "use a smaller file")
            }
            piece(chunk[..<count])
        }
    }

    /// The paths that `pattern` fits, sorted, folders with a final slash; throws beyond `limit` of them.
    package func match(_ pattern: GlobPattern, limit: Int) throws(BatchFolderError) -> [String] {
        var walk = Walk(
            parts: pattern.parts, foldersOnly: pattern.foldersOnly, limit: limit, names: DiskFolder.maxNames)
        try walk.descend(root: root, "", 0)
        return walk.found.sorted()
    }

    /// Throws when the place of `path`, with links followed, lies outside; it need not exist.
    package func checkInside(_ path: String) throws(BatchFolderError) {
        var parts = path.split(separator: "/").map(String.init)
        var status = stat()
        // The deepest part that is there decides; a link that leads nowhere is there as well.
        while !parts.isEmpty {
            let place = root + "/" + parts.joined(separator: "/")
            if lstat(place, &status) == 0 {
                guard let real = DiskFolder.real(place), isInside(real) else {
                    throw BatchFolderError(
                        "\(path): the link \(parts.joined(separator: "/")) leads out of the batch's folder",
                        hint: "remove the link")
                }
                return
            }
            parts.removeLast()
        }
    }

    /// Where `path` leads with the links to folders followed, and the file behind it without any link; nil outside.
    package func place(of path: String) -> (path: String, target: String?)? {
        var parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard var rest = parts.popLast(), rest != ".." else { return nil }
        while true {
            if let real = DiskFolder.real(([root] + parts).joined(separator: "/")) {
                guard isInside(real) else { return nil }
                let target = DiskFolder.real("\(real)/\(rest)").flatMap { isInside($0) ? inner($0) : nil }
                return (inner("\(real)/\(rest)"), target)
            }
            // It is not there yet.
            guard let part = parts.popLast(), part != ".." else { return nil }
            rest = "\(part)/\(rest)"
        }
    }

    /// Where the folder that is open lies, counted from this one; nil outside.
    func inside(_ descriptor: Int32) -> String? {
        DiskFolder.real("/proc/self/fd/\(descriptor)").flatMap { isInside($0) ? inner($0) : nil }
    }

    /// True when what is open lies in the folder.
    func leadsInside(_ descriptor: Int32) -> Bool { inside(descriptor) != nil }

    /// A path without links, counted from the folder.
    private func inner(_ real: String) -> String { String(real.dropFirst(root.count).drop { $0 == "/" }) }

    private func isInside(_ real: String) -> Bool { root == "/" || real == root || real.hasPrefix(root + "/") }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static var systemWords: String { String(cString: strerror(errno)) }
}

/// A walk through folders by the parts of a pattern; links to folders are named but not entered.
private struct Walk {
    let parts: [String]
    let foldersOnly: Bool
    let limit: Int
    /// How many names may still be looked at.
    var names: Int
    var found: Set<String> = []

    mutating func descend(root: String, _ path: String, _ index: Int) throws(BatchFolderError) {
        let prefix = path.isEmpty ? "" : path + "/"
        let part = parts[index]
        let isLast = index == parts.count - 1
        if part == "**" {
            // No folder at all, or one and then again any number.
            if !isLast { try descend(root: root, path, index + 1) }
        } else if GlobPattern.isLiteral(part) {
            try take(root: root, prefix + part, index, isLast: isLast)
            return
        }
        guard let folder = opendir(path.isEmpty ? root : root + "/" + path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            names -= 1
            guard names >= 0 else {
                throw BatchFolderError("the pattern looks at too many names", hint: "begin it with a folder")
            }
            if part == "**" {
                if name.hasPrefix(".") { continue }
                if isLast { try take(root: root, prefix + name, index, isLast: true) }
                if isFolder(root + "/" + prefix + name) { try descend(root: root, prefix + name, index) }
            } else if GlobPattern.fits(part, name) {
                try take(root: root, prefix + name, index, isLast: isLast)
            }
        }
    }

    private mutating func take(root: String, _ path: String, _ index: Int, isLast: Bool) throws(BatchFolderError) {
        var status = stat()
        guard lstat(root + "/" + path, &status) == 0 else { return }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isLast else {
            if isFolder { try descend(root: root, path, index + 1) }
            return
        }
        guard isFolder || (!foldersOnly && status.st_mode & S_IFMT == S_IFREG) else { return }
        found.insert(isFolder ? path + "/" : path)
        guard found.count <= limit else {
            throw BatchFolderError("the pattern fits more than \(limit) paths", hint: "use a narrower one")
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
