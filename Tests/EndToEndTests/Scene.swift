import Foundation
import Glibc
import TestSupport

/// A person's whole surroundings for one test: a home, a project with modules, and the built program in an environment
/// of its own. Nothing of it lives on when the test is over.
struct Scene: Sendable {
    /// What holds everything.
    let folder: TemporaryFolder
    /// The home; no process of another test has it, so it marks those of this one.
    var home: String { folder.file("home") }
    /// The working directory of every command.
    var project: String { folder.file("project") }
    /// The database.
    var store: String { home + "/.local/share/tutti/tutti.db" }
    /// The spools, control sockets and locks.
    var state: String { home + "/.local/state/tutti" }

    /// So many tests at one time: starting programs is what they mostly do.
    private static let places = DispatchSemaphore(value: 4)

    /// Runs `body` in a new scene with folders for `modules`, and ends what is left of it. The
    /// providers are in the person's own settings, which need no trust.
    static func with(
        _ modules: [String] = ["api", "web"], grace: String = "1s",
        _ body: @escaping @Sendable (Scene) throws -> Void
    ) async throws {
        try await onOwnThread {
            places.wait()
            defer { places.signal() }
            try withTemporaryFolder { folder in
                let scene = Scene(folder: folder)
                defer { scene.end() }
                try scene.build(modules, grace)
                try body(scene)
            }
        }
    }

    private func build(_ modules: [String], _ grace: String) throws {
        for path in ["home", "home/.config", "home/.config/tutti", "project"] { _ = try folder.makeFolder(path) }
        for module in modules { _ = try folder.makeFolder("project/\(module)") }
        try folder.write(
            """
            version: 1
            provider: told
            jobs: 8
            retry: { attempts: 1, delay: 10ms, jitter: 0 }
            limits: { memory: 1MiB, disk_floor: 1MiB, grace: \(grace) }
            providers:
              told: { extends: claude, command: [\(Products.fakeProvider)], args: [--format, claude] }
              lines: { extends: plain, command: [\(Products.fakeProvider)] }
              gated: { extends: plain, command: [/bin/sh, -c, "cat >/dev/null; echo begin; cat gate"] }
            """, to: "home/.config/tutti/config.yaml")
        let list = modules.map { "  \($0): { path: \($0) }" }.joined(separator: "\n")
        try folder.write("version: 1\nmodules:\n\(list)\n", to: "project/tutti.yaml")
    }

    private func end() {
        for _ in 0..<20 {
            let left = processes()
            if left.isEmpty { return }
            for pid in left { kill(pid, SIGKILL) }
            _ = ProcessTable.waitUntilGone(marked: mark, limit: .seconds(1))
        }
    }

    // MARK: - Programs

    /// What the commands find in their environment; nothing else of the tests' own reaches them.
    func environment(_ changes: [String: String?] = [:]) -> [String] {
        var values: [String: String] = [
            "HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
        ]
        for (name, value) in changes { values[name] = value }
        return values.map { "\($0)=\($1)" }.sorted()
    }

    /// `env -i` with that environment, then the program and its words.
    func command(_ words: [String], _ changes: [String: String?] = [:]) -> [String] {
        ["/usr/bin/env", "-i"] + environment(changes) + [Products.tutti] + words
    }

    /// Runs one command to its end.
    @discardableResult
    func tutti(
        _ words: String..., input: String? = nil, environment: [String: String?] = [:], directory: String? = nil
    ) throws -> RunResult {
        try tutti(words: words, input: input, environment: environment, directory: directory)
    }

    /// The same with a list of words.
    func tutti(
        words: [String], input: String? = nil, environment: [String: String?] = [:], directory: String? = nil
    ) throws -> RunResult {
        try run(
            command(words, environment), input: input.map { Array($0.utf8) }, directory: directory ?? project,
            limit: TestTime.limit * 2)
    }

    /// Starts one command in a session of its own.
    func start(_ words: String..., environment: [String: String?] = [:], input: String? = nil) throws -> ChildProcess {
        try ChildProcess(
            command(words, environment), input: input.map { Array($0.utf8) }, directory: project, newSession: true)
    }

    /// Runs a line of the shell, where `tutti` is the program.
    func shell(_ line: String) throws -> RunResult {
        try run(
            ["/usr/bin/env", "-i"] + environment()
                + ["/bin/bash", "-c", "tutti() { '\(Products.tutti)' \"$@\"; }; \(line)"], directory: project)
    }

    /// Runs one command that must succeed and print one JSON document.
    func json(_ words: String...) throws -> Fields {
        let result = try run(command(words), directory: project)
        guard result.status == 0 else { throw TestFailure("\(words): exit \(result.status): \(result.errors)") }
        return try Fields(result.output)
    }

    // MARK: - Processes

    private var mark: String { "HOME=\(home)" }

    /// All living processes of the scene.
    func processes() -> [Int32] { ProcessTable.processes(marked: mark) }

    /// Waits until nothing of the scene lives; gives what still does when the time is over.
    func survivors() -> [Int32] { ProcessTable.waitUntilGone(marked: mark) }

    /// The living coordinators: processes of the program that were started with this word.
    func coordinators(_ word: String = "recover") -> [Int32] {
        processes().filter {
            let words = ProcessTable.arguments(of: $0)
            return words.first?.hasSuffix("/tutti") == true && words.dropFirst().first == word
        }
    }

    /// The living guards of coordinators.
    func guards() -> [Int32] {
        processes().filter { ProcessTable.arguments(of: $0).dropFirst().first == "guard" }
    }

    // MARK: - Gates

    /// Makes the gate in a module's folder at which the provider `gated` waits.
    func makeGate(_ module: String) throws {
        guard mkfifo("\(project)/\(module)/gate", 0o600) == 0 else { throw TestFailure(errno: errno, "mkfifo") }
    }

    /// Lets the provider at the gate go on: it prints `text` and ends.
    func release(_ module: String, _ text: String) throws {
        var descriptor: Int32 = -1
        // Opens only once the provider has opened the other end.
        let opened = eventually {
            descriptor = open("\(project)/\(module)/gate", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0
        }
        guard opened else { throw TestFailure("nobody waits at the gate of \(module)") }
        defer { close(descriptor) }
        try writeAll(Array(text.utf8), to: descriptor)
    }
}

extension ChildProcess {
    /// Waits until the standard output holds `text`, and gives the whole of it.
    @discardableResult
    func waitForOutput(_ text: String) throws -> String {
        var seen = ""
        let found = eventually {
            seen = outputText
            return seen.contains(text)
        }
        guard found else { throw TestFailure("no \"\(text)\" in: \(seen) \(errorText)") }
        return seen
    }
}
