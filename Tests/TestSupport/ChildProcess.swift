import CLinux
import Glibc

/// A child process whose output is kept in two unlinked files, so that nothing it writes can block it.
///
/// It must be waited for with ``wait(limit:)``, which also reaps it; a child that is still alive in `deinit` is killed.
package final class ChildProcess: @unchecked Sendable {
    /// The process id.
    package let pid: Int32
    private let output: Int32
    private let errors: Int32
    private let pidfd: Int32
    /// A descriptor that becomes readable when the child has ended.
    package var endDescriptor: Int32 { pidfd }
    private var ending: Ending?

    /// How a child ended.
    package struct Ending: Sendable, Hashable {
        /// The exit status, nil when a signal ended it.
        package let status: Int32?
        /// The signal that ended it.
        package let signal: Int32?
    }

    /// Starts `argv`, whose first word is a path or is looked up in PATH.
    ///
    /// `environment` is added to that of the tests; a nil value removes a name. `input` is its standard input, or the
    /// file `inputPath`, or /dev/null. With `newSession` it leads a session (and a group) of its own.
    package init(
        _ argv: [String], environment changes: [String: String?] = [:], input: [UInt8]? = nil,
        inputPath: String = "/dev/null", directory: String? = nil, newSession: Bool = false
    ) throws {
        output = try unlinkedFile()
        errors = try unlinkedFile()
        var source = open(inputPath, O_RDONLY | O_CLOEXEC)
        if let input {
            if source >= 0 { close(source) }
            source = try unlinkedFile()
            try writeAll(input, to: source)
            lseek(source, 0, SEEK_SET)
        }
        guard source >= 0 else { throw TestFailure(errno: errno, "open \(inputPath)") }
        defer { close(source) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let directory { tutti_spawn_add_chdir(&actions, directory) }
        posix_spawn_file_actions_adddup2(&actions, source, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        if newSession { flags |= tutti_spawn_setsid }
        posix_spawnattr_setflags(&attributes, flags)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)

        let words = argv.map { strdup($0) } + [nil]
        let environment = ChildProcess.environment(changes).map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var started: Int32 = 0
        let code = posix_spawnp(&started, argv[0], &actions, &attributes, words, environment)
        guard code == 0 else {
            close(output)
            close(errors)
            throw TestFailure(errno: code, "start \(argv[0])")
        }
        pid = started
        pidfd = tutti_pidfd_open(started)
    }

    deinit {
        if ending == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        for descriptor in [output, errors, pidfd] { close(descriptor) }
    }

    /// Waits for the end and reaps the child. When the time is over it is killed, and this throws.
    @discardableResult
    package func wait(limit: Duration = TestTime.limit) throws -> Ending {
        if let ending { return ending }
        let inTime = waitUntilReadable(pidfd, limit: limit)
        if !inTime { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        let made = Ending(status: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal)
        ending = made
        if !inTime { throw TestFailure("process \(pid) did not end within \(limit); stderr: \(errorText)") }
        return made
    }

    /// Sends a signal, unless the child has been reaped.
    package func signal(_ number: Int32) { if ending == nil { kill(pid, number) } }

    /// What it has written to standard output so far.
    package var outputBytes: [UInt8] { readWhole(output) }
    /// What it has written to standard output so far, as text.
    package var outputText: String { String(decoding: outputBytes, as: UTF8.self) }
    /// What it has written to standard error so far, as text.
    package var errorText: String { String(decoding: readWhole(errors), as: UTF8.self) }

    private static func environment(_ changes: [String: String?]) -> [String] {
        var kept: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if changes[String(text.prefix { $0 != "=" })] == nil { kept.append(text) }
            next += 1
        }
        return kept + changes.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }
}

/// What a whole run of a program gave.
package struct RunResult: Sendable {
    /// The exit status; 128 + the signal when one ended it.
    package let status: Int32
    /// Standard output.
    package let output: String
    /// Standard error.
    package let errors: String

    /// The lines of standard output.
    package var lines: [Substring] { output.split(separator: "\n") }
}

/// Runs `argv` to its end and gives what it printed; the same arguments as ``ChildProcess``. Blocks its thread.
package func run(
    _ argv: [String], environment: [String: String?] = [:], input: [UInt8]? = nil, directory: String? = nil,
    limit: Duration = TestTime.limit
) throws -> RunResult {
    let child = try ChildProcess(argv, environment: environment, input: input, directory: directory)
    let ending = try child.wait(limit: limit)
    return RunResult(
        status: ending.status ?? 128 + (ending.signal ?? 0), output: child.outputText, errors: child.errorText)
}

private func unlinkedFile() throws -> Int32 {
    let descriptor = open(environmentVariable("TMPDIR") ?? "/tmp", O_RDWR | Int32(0o20200000) | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw TestFailure(errno: errno, "open an unnamed file") }
    return descriptor
}

private func readWhole(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        // pread leaves the offset alone that the child writes at.
        let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}
