import Glibc

/// Finds executables as a shell would, without running any.
package enum ToolFinder {
    /// The path of `name`: itself when it holds a slash, else the first executable file of that name on `path` (the value
    /// of `PATH`); nil when there is none. Relative folders on the path are passed over: they change with the directory.
    package static func find(_ name: String, path: String?) -> String? {
        func isExecutable(_ file: String) -> Bool { FileText.isFile(file) && access(file, X_OK) == 0 }
        if name.contains("/") { return isExecutable(name) ? name : nil }
        guard !name.isEmpty else { return nil }
        for folder in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") where folder.hasPrefix("/") {
            let file = Paths.normal(folder + "/" + name)
            if isExecutable(file) { return file }
        }
        return nil
    }

    /// Why ``find(_:path:)`` has no program of this name, and what to do about it: it is missing, or there and not executable.
    package static func obstacle(_ name: String, path: String?) -> (what: String, fix: String) {
        let folders = name.contains("/") ? [] : (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        let files = [name] + folders.filter { $0.hasPrefix("/") }.map { Paths.normal($0 + "/" + name) }
        if let file = files.first(where: { $0.contains("/") && FileText.isFile($0) }) {
            return ("\(file) is not executable", "make it so: chmod +x \(file)")
        }
        return ("there is no executable \(name)", "install it")
    }
}
