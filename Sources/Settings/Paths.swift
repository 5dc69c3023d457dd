import Glibc

/// Paths as text, and the few questions to the file system that need no more than a path.
enum Paths {
    /// `path` made absolute from `base`, with `~/` as the home, and without `.`, `..` and doubled slashes.
    static func absolute(_ path: String, from base: String, home: String) -> String {
        if path == "~" { return normal(home) }
        if path.hasPrefix("~/") { return normal(home + path.dropFirst(1)) }
        return normal(path.hasPrefix("/") ? path : base + "/" + path)
    }

    /// An absolute path without `.`, `..` and doubled slashes; links are not looked at.
    static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder that holds `path`.
    static func parent(_ path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    /// The last part of `path`.
    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// True when `path` is `folder` or lies in it; both are normal.
    static func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || folder == "/" || path.hasPrefix(folder + "/")
    }

    /// The path without links, or nil when a part of it does not exist or may not be searched.
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The working directory; `/` when it is gone.
    static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The home folder: `HOME` when it is an absolute path, else what the system knows of the user, else `/`.
    static func home(_ environment: [String: String]? = nil) -> String {
        let variable = environment.map { $0["HOME"] } ?? getenv("HOME").map { String(cString: $0) }
        if let variable, variable.hasPrefix("/") { return normal(variable) }
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 * 1024)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &result) == 0, result != nil,
            let directory = entry.pw_dir
        else { return "/" }
        let home = String(cString: directory)
        return home.hasPrefix("/") ? normal(home) : "/"
    }
}
