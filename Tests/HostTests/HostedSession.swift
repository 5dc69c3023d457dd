import Foundation
import Glibc
import TestSupport

/// One session under test: its folder, its host, and what both left behind.
///
/// Every provider carries a mark of its own in its environment, so that survivors can be found.
final class HostedSession: @unchecked Sendable {
    let folder: String
    let mark: String
    private(set) var host: ChildProcess
    private let all: TemporaryFolder

    /// What differs from a plain session in file mode without limits.
    struct Options {
        var output = "file"
        var input = "none"
        var inputBytes: [UInt8]?
        var workingDirectory: String?
        var epoch = 1
        var total: Int?
        var spool = 0
        var orphan = 0
        var grace = 100
        var store = "/nonexistent/tutti.db"
        var recoverer = "/bin/true"
        var environment: [String: String?] = [:]
        /// A shell script that runs the host as `"$@"`.
        var wrapper: String?
        var newSession = false
    }

    /// Starts a host for `command` in the folder `name` of `all`, which also holds `locks`.
    init(_ all: TemporaryFolder, _ name: String, _ command: [String], _ options: Options = Options()) throws {
        self.all = all
        mkdir(all.file("sessions"), 0o700)
        mkdir(all.file("locks"), 0o700)
        folder = all.file("sessions/\(name)")
        if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw TestFailure(errno: errno, "mkdir \(folder)") }
        if let bytes = options.inputBytes { try all.write(bytes, to: "sessions/\(name)/stdin") }
        mark = "TUTTI_SESSION=\(name)-\(UInt64.random(in: 0 ... .max))"
        var argv = [
            Products.host, "--protocol", "1", "--dir", folder, "--cwd", options.workingDirectory ?? all.path,
            "--stdout", options.output, "--stdin", options.inputBytes == nil ? options.input : "file",
            "--epoch", "\(options.epoch)",
            // Nothing that a test forgets lives for ever.
            "--total-ms", "\(options.total ?? 60_000)", "--spool-max", "\(options.spool)", "--orphan-ms",
            "\(options.orphan)",
            "--grace-ms", "\(options.grace)", "--locks", all.file("locks"), "--store", options.store,
            "--recover", options.recoverer, "--",
        ]
        argv += command
        if let wrapper = options.wrapper { argv = ["/bin/sh", "-c", wrapper, "sh"] + argv }
        var environment = options.environment
        environment["TUTTI_SESSION"] = String(mark.drop { $0 != "=" }.dropFirst())
        host = try ChildProcess(argv, environment: environment, newSession: options.newSession)
    }

    /// The only session of a test.
    convenience init(_ all: TemporaryFolder, _ command: [String], _ options: Options = Options()) throws {
        try self.init(all, "session", command, options)
    }

    /// The path of a file in the session's folder.
    func file(_ name: String) -> String { "\(folder)/\(name)" }

    /// Waits until the provider has been started, and gives `host.json`.
    @discardableResult
    func waitForStart() throws -> [String: Any] { try object(waitForFile(file("host.json"))) }

    /// Waits for the host's end and gives `exit.json`.
    @discardableResult
    func waitForEnd() throws -> Exit {
        let ending = try host.wait()
        guard ending.status == 0, let bytes = contents(of: file("exit.json")) else {
            throw TestFailure("the host ended with \(ending) and left no record; stderr: \(host.errorText)")
        }
        return Exit(try object(bytes))
    }

    /// Everything that the spool holds.
    var spool: String { text(of: file("spool.jsonl")) ?? "" }

    /// The processes of the session that are alive, the host among them.
    var survivors: [Int32] { ProcessTable.processes(marked: mark) }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    }
}

/// What `exit.json` says.
struct Exit {
    let status: Int?
    let signal: Int?
    let core: Bool
    let endedBy: String?
    let startError: String?
    let startErrno: Int?
    let leftovers: Int
    let spoolLength: Int
    let errorBytes: Int
    let duration: Duration
    let started: Int
    let ended: Int

    init(_ object: [String: Any]) {
        status = object["status"] as? Int
        signal = object["signal"] as? Int
        core = object["core"] as? Bool ?? false
        endedBy = object["ended_by"] as? String
        startError = object["start_error"] as? String
        startErrno = object["start_errno"] as? Int
        leftovers = object["leftovers"] as? Int ?? -1
        spoolLength = object["spool_length"] as? Int ?? -1
        errorBytes = object["stderr_bytes"] as? Int ?? -1
        duration = .milliseconds(object["duration_ms"] as? Int ?? -1)
        started = object["started_at_ms"] as? Int ?? -1
        ended = object["ended_at_ms"] as? Int ?? -1
    }
}

/// The words that start the fake provider.
func fake(_ words: String...) -> [String] { [Products.fakeProvider] + words }

/// Runs `body` with a folder of its own on a thread of its own.
func withFolder(_ body: @escaping @Sendable (TemporaryFolder) throws -> Void) async throws {
    try await onOwnThread { try withTemporaryFolder { try body($0) } }
}
