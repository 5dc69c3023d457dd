import Glibc

/// Finds a project's settings file from a folder upwards.
package struct ProjectSearch {
    /// The names that a project file can have, first match wins.
    package static let names = ["tutti.yaml", "tutti.yml", ".tutti/tutti.yaml"]

    var home: String
    var user: uid_t = geteuid()

    /// What was found.
    struct Found {
        var file: String
        var root: String
    }

    /// Looks in `folder` and its parents, up to the root of the repository, below the home folder and below `/`.
    ///
    /// A folder of another owner ends the search: who can write there must not choose what runs here. `notice` says so.
    func find(from folder: String, notice: (String) -> Void) -> Found? {
        var folder = Paths.real(folder) ?? folder
        let home = Paths.real(home) ?? home
        let start = folder
        while folder != "/", folder == start || folder != home {
            guard let status = FileText.status(folder) else { return nil }
            for name in ProjectSearch.names {
                let file = folder + "/" + name
                guard FileText.status(file, followLinks: false) != nil else { continue }
                guard status.st_uid == user else {
                    notice("\(file) is not used: its folder belongs to another user; to use it, name it with --config")
                    continue
                }
                guard let real = Paths.real(file), Paths.isInside(real, folder) else {
                    notice(
                        "\(file) is not used: it is a link that leads out of its folder; to use it, name it with --config"
                    )
                    continue
                }
                guard FileText.status(real)?.st_uid == user else {
                    notice("\(file) is not used: it belongs to another user; to use it, name it with --config")
                    continue
                }
                return Found(file: file, root: folder)
            }
            guard status.st_uid == user, FileText.status(folder + "/.git") == nil else { return nil }
            folder = Paths.parent(folder)
        }
        return nil
    }
}
