import Glibc

/// A folder for one test, removed with all that is in it when the scope that made it ends.
package struct TemporaryFolder: Sendable {
    /// The absolute path, without a final slash.
    package let path: String

    /// The path of `name` in the folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder `name` (0700) in this one and gives its path.
    package func makeFolder(_ name: String) throws -> String {
        let made = file(name)
        guard mkdir(made, 0o700) == 0 else { throw TestFailure(errno: errno, "mkdir \(made)") }
        return made
    }

    /// Writes `text` to the file `name`, as an executable one if wanted, and gives its path.
    @discardableResult
    package func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
        try write(Array(text.utf8), to: name, executable: executable)
    }

    /// Writes `bytes` to the file `name`, as an executable one if wanted, and gives its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String, executable: Bool = false) throws -> String {
        let written = file(name)
        let descriptor = open(written, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, executable ? 0o700 : 0o600)
        guard descriptor >= 0 else { throw TestFailure(errno: errno, "open \(written)") }
        do {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor)
        }
        if executable { try waitUntilNobodyWrites(written) }
        return written
    }

    /// A child that another test forked a moment ago may hold a copy of the descriptor until its `execve`, and as long as
    /// anybody has the file open for writing it cannot be executed (ETXTBSY). A read lease is granted when nobody has.
    private func waitUntilNobodyWrites(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure(errno: errno, "open \(path)") }
        defer { close(descriptor) }
        let setLease: Int32 = 1024  // F_SETLEASE, which only _GNU_SOURCE shows.
        guard eventually({ fcntl(descriptor, setLease, F_RDLCK) == 0 || errno != EAGAIN }) else {
            throw TestFailure("somebody keeps \(path) open for writing")
        }
    }

    fileprivate init() throws {
        let parent = environmentVariable("TMPDIR") ?? "/tmp"
        var template = Array("\(parent)/tutti-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure(errno: errno, "mkdtemp in \(parent)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    fileprivate func remove() { removeTree(path) }
}

/// Removes a file, or a folder and all that is in it; a link goes, what it leads to stays.
package func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
        for name in namesInFolder(path) { removeTree("\(path)/\(name)") }
        rmdir(path)
    } else {
        unlink(path)
    }
}

/// The names in a folder without `.` and `..`, sorted; none when it cannot be read.
package func namesInFolder(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Runs `body` with a folder of its own, which is gone afterwards. `TUTTI_TEST_KEEP=1` keeps it and prints its path.
package func withTemporaryFolder<T>(_ body: (TemporaryFolder) throws -> T) throws -> T {
    let folder = try TemporaryFolder()
    defer { discard(folder) }
    return try body(folder)
}

/// Runs `body` with a folder of its own, which is gone afterwards. `TUTTI_TEST_KEEP=1` keeps it and prints its path.
package func withTemporaryFolder<T>(
    isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryFolder) async throws -> T
) async throws -> T {
    let folder = try TemporaryFolder()
    defer { discard(folder) }
    return try await body(folder)
}

private func discard(_ folder: TemporaryFolder) {
    if environmentVariable("TUTTI_TEST_KEEP") == nil { folder.remove() } else { print("kept \(folder.path)") }
}

/// Writes all of `bytes` to a blocking descriptor.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
    var done = 0
    while done < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done) }
        if count < 0 {
            if errno == EINTR { continue }
            throw TestFailure(errno: errno, "write")
        }
        done += count
    }
}

/// The bytes of a file, nil when it cannot be opened.
package func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}

/// The text of a file, nil when it cannot be opened; bytes that are no UTF-8 become U+FFFD.
package func text(of path: String) -> String? { contents(of: path).map { String(decoding: $0, as: UTF8.self) } }
