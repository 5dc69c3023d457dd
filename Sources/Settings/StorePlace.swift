import Glibc
package import Model

/// Where the database lies, and who decided it.
package struct StorePlace: Sendable, Hashable {
    /// The database file, absolute.
    package var path: String
    package var origin: SettingOrigin
    /// One line for the person, when the place is another than usual.
    package var notice: String?

    /// The place that the settings name, else the user's data folder.
    ///
    /// SQLite's write-ahead log needs memory shared between processes, which network file systems do not give: the usual
    /// place then moves to `/var/tmp/tutti-UID`, and a place that somebody chose is refused with exit status 74. `probe`
    /// says what kind of file system holds a path.
    package static func resolve(
        configuration: Configuration, environment: [String: String],
        probe: (String) -> FileSystemKind = FileSystemKind.of
    ) throws(TuttiError) -> StorePlace {
        if let chosen = configuration.store {
            return try StorePlace(chosen, by: configuration.origin(of: "store"), probe: probe)
        }
        let usual = Places(environment: environment).database
        let kind = probe(usual)
        // Where everything lies on one such file system (some sandboxes), another folder would be no better.
        guard kind.isShared, !probe("/var/tmp").isShared else { return StorePlace(path: usual, origin: .builtIn) }
        let folder = "/var/tmp/tutti-\(UserIdentity.effective)"
        try claim(folder)
        return StorePlace(
            path: folder + "/tutti.db", origin: .builtIn,
            notice: "the store is in \(folder): \(Paths.parent(usual)) lies on a network file system (\(kind.name))")
    }

    /// The place that `--db` names, whatever the settings say; `directory` is what a relative one counts from.
    ///
    /// A recovery opens its store by this: settings that cannot be read today must not keep it from runs of yesterday.
    package static func named(
        _ path: String, directory: String, environment: [String: String],
        probe: (String) -> FileSystemKind = FileSystemKind.of
    ) throws(TuttiError) -> StorePlace {
        let path = Paths.absolute(path, from: directory, home: environment["HOME"] ?? "/")
        return try StorePlace(path, by: .flag("--db"), probe: probe)
    }

    private init(
        _ path: String, by origin: SettingOrigin, probe: (String) -> FileSystemKind
    ) throws(TuttiError) {
        let kind = probe(path)
        guard !kind.isShared else {
            throw TuttiError(
                .storeFailed,
                "the store \(path) (\(origin)) lies on a network file system (\(kind.name)), where SQLite loses data",
                hint: "choose a local disk: --db /var/tmp/tutti-\(UserIdentity.effective)/tutti.db")
        }
        self.init(path: path, origin: origin)
    }

    private init(path: String, origin: SettingOrigin, notice: String? = nil) {
        self.path = path
        self.origin = origin
        self.notice = notice
    }

    /// Makes `folder` ours alone: in a place that everybody can write to, somebody else may have been there first.
    static func claim(_ folder: String) throws(TuttiError) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw TuttiError(
                .cannotCreate, "cannot create \(folder): \(String(cString: strerror(errno)))",
                hint: "choose another place with --db")
        }
        guard let status = FileText.status(folder, followLinks: false), status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == UserIdentity.effective, status.st_mode & 0o077 == 0
        else {
            throw TuttiError(
                .cannotCreate, "\(folder) is no folder of yours alone",
                hint: "remove it, or choose another place with --db")
        }
    }
}
