import Glibc

/// Tells which paths lead out of a project, with links followed.
///
/// Asked about every module each second, so the folders above them are resolved once for all.
struct ProjectBorder {
    let root: String
    private let realRoot: String?
    /// Folders without links, by the names that led to them; nil is one that is not there.
    private var folders: [Substring: String?] = [:]

    init(_ root: String) {
        self.root = root
        realRoot = Paths.real(root)
    }

    /// True when `path` is not in the project, or a link in it leads out.
    mutating func isCrossed(by path: String) -> Bool {
        guard Paths.isInside(path, root) else { return true }
        guard let realRoot, let real = real(path) else { return false }
        return !Paths.isInside(real, realRoot)
    }

    /// The path without links; nil when nothing is there.
    private mutating func real(_ path: String) -> String? {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return Paths.real(path) }
        let (above, name) = (path[..<slash], path[path.utf8.index(after: slash)...])
        guard !above.isEmpty, !name.isEmpty, name != ".", name != ".." else { return Paths.real(path) }
        let folder = folders[above] ?? Paths.real(String(above))
        folders[above] = .some(folder)
        guard let folder else { return nil }
        let place = folder == "/" ? "/" + name : folder + "/" + name
        var facts = stat()
        guard lstat(place, &facts) == 0 else { return nil }
        return facts.st_mode & S_IFMT == S_IFLNK ? Paths.real(path) : place
    }
}
