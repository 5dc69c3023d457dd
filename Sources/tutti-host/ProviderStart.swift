import CLinux
import Glibc

/// Starts the provider and says in words what hinders it.
enum ProviderStart {
    /// Where the provider's three standard descriptors lead.
    struct Descriptors {
        var input: Int32
        var output: Int32
        var errors: Int32
    }

    /// Starts `command` in `folder` with the host's own environment and gives its process id.
    ///
    /// It gets SIGTERM when the host itself dies (kill -9): the known providers then end their tools and themselves, so that
    /// nothing goes on and spends unseen even when no coordinator is left. A provider that ignores it is ended by the next
    /// coordinator, which looks for the mark `TUTTI_SESSION` in every environment.
    static func start(_ command: [String], in folder: String, _ descriptors: Descriptors) throws(Complaint) -> Int32 {
        try check(folder)
        let name = command.first ?? ""
        let path = try resolve(name)
        let words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var made = tutti_start()
        let code = path.withCString { path in
            folder.withCString { folder in
                words.withUnsafeBufferPointer { words in
                    made.path = path
                    made.directory = folder
                    made.arguments = words.baseAddress
                    made.environment = UnsafePointer(environ)
                    made.input = descriptors.input
                    made.output = descriptors.output
                    made.errors = descriptors.errors
                    made.parent_death_signal = SIGTERM
                    return tutti_start_process(&made)
                }
            }
        }
        guard code != 0 else { return made.pid }
        if made.failed_step == 1 { throw Complaint("enter the folder \(folder)", errno: code) }
        throw Complaint(explain(name, path, code), errno: code)
    }

    private static func explain(_ name: String, _ path: String, _ code: Int32) -> String {
        switch code {
        case E2BIG: "run \(name) (its arguments and environment are too large)"
        case ENOENT: "run \(path) (is the interpreter of its first line there?)"
        default: path == name ? "run \(name)" : "run \(name) (\(path))"
        }
    }

    /// A missing folder would be reported as a missing program, so it is looked at first.
    private static func check(_ folder: String) throws(Complaint) {
        let tried = "enter the folder \(folder)"
        var status = Glibc.stat()
        guard stat(folder, &status) == 0 else { throw Complaint(tried, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Complaint(tried, errno: ENOTDIR) }
        guard access(folder, X_OK) == 0 else { throw Complaint(tried, errno: errno) }
    }

    /// Finds a plain name in PATH. Entries that are not absolute are passed over: a program that lies in a module's own
    /// folder must never run because of its name.
    private static func resolve(_ name: String) throws(Complaint) -> String {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        var failure = ENOENT
        for entry in path.split(separator: ":") where entry.hasPrefix("/") {
            let candidate = "\(entry)/\(name)"
            var status = Glibc.stat()
            guard stat(candidate, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG && access(candidate, X_OK) == 0 { return candidate }
            failure = EACCES
        }
        throw Complaint("run \(name) (looked for in PATH)", errno: failure)
    }
}
