import Glibc

/// One text file of a module.
struct SourceFile: Sendable, Hashable {
    /// Relative to the module's folder.
    var path: String
    var lines: [String]
}

/// Reads the text files of one folder, bounded in number and size, and nothing outside it.
///
/// Links are never followed, and hidden files never read: that is where keys and settings lie.
struct FolderReader {
    /// How much is read at most.
    struct Bounds {
        var files = 4000
        var fileBytes = 512 << 10
        var totalBytes = 32 << 20
        var depth = 16
        var entries = 100_000
    }

    /// What was read, and what was left out.
    struct Reading {
        var files: [SourceFile] = []
        var bytes = 0
        /// Files that were no text, or too large.
        var skipped = 0
        /// True when there was more than the bounds allow.
        var isCut = false
    }

    var bounds = Bounds()

    /// Nil when the folder cannot be opened; `errno` says why.
    func read(_ folder: String) -> Reading? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var reading = Reading()
        var entries = 0
        walk(descriptor, path: "", depth: 0, &reading, &entries)
        reading.files.sort { $0.path < $1.path }
        return reading
    }

    /// Walks the open folder and closes it.
    private func walk(_ descriptor: Int32, path: String, depth: Int, _ reading: inout Reading, _ entries: inout Int) {
        guard let directory = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            // A name that is no UTF-8 could not be cited.
            if let name = String(validating: bytes, as: UTF8.self) { names.append(name) }
            entries += 1
            guard entries < bounds.entries else {
                reading.isCut = true
                break
            }
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let place = path.isEmpty ? name : "\(path)/\(name)"
            switch status.st_mode & S_IFMT {
            case S_IFDIR where !FolderReader.ignored.contains(name):
                guard depth < bounds.depth else {
                    reading.isCut = true
                    continue
                }
                let child = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                if child >= 0 { walk(child, path: place, depth: depth + 1, &reading, &entries) }
            case S_IFREG where !FolderReader.isIgnored(file: name):
                guard reading.files.count < bounds.files, reading.bytes < bounds.totalBytes else {
                    reading.isCut = true
                    return
                }
                if status.st_size <= bounds.fileBytes, let lines = lines(descriptor, name) {
                    reading.bytes += Int(status.st_size)
                    reading.files.append(SourceFile(path: place, lines: lines))
                } else {
                    reading.skipped += 1
                }
            default: continue
            }
        }
    }

    private func lines(_ folder: Int32, _ name: String) -> [String]? {
        let descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= bounds.fileBytes {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            // A zero byte is what text never has.
            if chunk[..<count].contains(0) { return nil }
            bytes += chunk[..<count]
        }
        guard bytes.count <= bounds.fileBytes, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    }

    private static let ignored: Set<String> = [
        "node_modules", "vendor", "third_party", "build", "dist", "target", "out", "obj", "Pods", "Carthage", "venv",
        "__pycache__", "coverage", "DerivedData", "site-packages",
    ]

    private static func isIgnored(file name: String) -> Bool {
        let names: Set<String> = [
            "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "Package.resolved", "poetry.lock",
            "go.sum",
            "composer.lock", "Gemfile.lock", "uv.lock", "id_rsa", "id_ed25519", "credentials",
        ]
        let endings = [
            ".min.js", ".min.css", ".map", ".pem", ".key", ".p12", ".log", ".lock", ".jsonl", ".csv", ".svg",
        ]
        return names.contains(name) || endings.contains { name.hasSuffix($0) }
    }
}
