import Glibc
import Model
import Settings

/// The log of a coordinator that serves in the background: standard error is this file, and it never grows without bound.
///
/// Whatever else the process writes to standard error is in it too.
final class ServeLog {
    /// The file becomes `serve.log.1` when it is larger than this, and a new one is begun.
    static let limit: off_t = 1 << 20
    private let path: String

    /// Begins to write; throws exit status 73 when the file cannot be had.
    init(environment: [String: String]) throws(TuttiError) {
        path = ServeLog.path(environment)
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try PrivateFile.makeFolder("/" + parent)
        try open()
    }

    /// Where the log of this user lies.
    static func path(_ environment: [String: String]) -> String {
        Places(environment: environment).state + "/log/serve.log"
    }

    /// Begins a new file where this one is too large, or was taken away. To be called before each line.
    func turn() {
        var (here, there) = (stat(), stat())
        guard fstat(2, &here) == 0 else { return }
        // Another process that writes to the same log may have begun a new one.
        let isOurs = lstat(path, &there) == 0 && there.st_ino == here.st_ino && there.st_dev == here.st_dev
        if isOurs {
            guard here.st_size > ServeLog.limit else { return }
            rename(path, path + ".1")
        }
        // Where there is no new file, the old one goes on.
        try? open()
    }

    private func open() throws(TuttiError) {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0o600)
        guard descriptor >= 0 else {
            throw TuttiError(
                .cannotCreate, "The log \(path) cannot be opened: \(String(cString: strerror(errno))).",
                hint: "check the folder's owner, permissions and free space")
        }
        fchmod(descriptor, 0o600)
        dup2(descriptor, 2)
        close(descriptor)
    }
}
