import EventLoop
import Foundation
import Glibc
import Model
import Providers
import Synchronization
import TestSupport

@testable import Sessions

/// A folder with everything that sessions need, and a supervisor whose reports are kept.
final class Stage: Sendable {
    let folder: TemporaryFolder
    private let log: Log
    private let supervisor: Mutex<SessionSupervisor>
    let lock: Int32

    /// Everything that a supervisor reported, in order; shared by the supervisors of one stage.
    final class Log: @unchecked Sendable {
        private let condition = NSCondition()
        private var reports: [SessionReport] = []

        func add(_ report: SessionReport) {
            condition.withLock { reports.append(report) }
            condition.broadcast()
        }

        var all: [SessionReport] { condition.withLock { reports } }

        /// Waits until the reports fulfil `isEnough`; false when the time is over.
        func wait(_ limit: Duration, until isEnough: ([SessionReport]) -> Bool) -> Bool {
            let end = Date(timeIntervalSinceNow: limit / .seconds(1))
            return condition.withLock {
                while !isEnough(reports) {
                    if !condition.wait(until: end) { return isEnough(reports) }
                }
                return true
            }
        }
    }

    init(_ folder: TemporaryFolder, following options: FollowerOptions = FollowerOptions()) throws {
        self.folder = folder
        _ = try folder.makeFolder("sessions")
        let locks = try folder.makeFolder("locks")
        lock = open("\(locks)/test.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw TestFailure(errno: errno, "lock") }
        let log = Log()
        self.log = log
        supervisor = Mutex(try SessionSupervisor(following: options) { log.add($0) })
    }

    deinit { Glibc.close(lock) }

    var current: SessionSupervisor { supervisor.withLock { $0 } }

    /// Closes the supervisor and opens another; what it reports comes after what the first one reported.
    func replaceSupervisor() async throws {
        await current.close()
        let log = log
        let next = try SessionSupervisor { log.add($0) }
        supervisor.withLock { $0 = next }
    }

    // MARK: Plans

    /// No limit of time: between two steps of a test a busy machine may let minutes pass.
    static let patient = SessionLimits(
        startup: nil, firstByte: nil, idle: nil, toolIdle: nil, afterResult: nil, backgroundWait: nil)

    /// A plan for `fake-provider` with these arguments.
    func plan(
        _ arguments: [String] = [], kind: ProviderKind = .claude, limits: SessionLimits = Stage.patient,
        stdout: Launch.StdoutMode = .file, input: [UInt8]? = Array("question".utf8), keepsInputOpen: Bool = false,
        environment: [String: String] = [:], argv: [String]? = nil, workingDirectory: String? = nil,
        epoch: Int64 = 1, host: String = Products.host, id: Identifier = .random()
    ) -> SessionPlan {
        let format = kind == .claude || kind == .codex || kind == .plain || kind == .jsonl ? kind.rawValue : "plain"
        let definition = ProviderDefinition(name: "fake", kind: kind, command: [Products.fakeProvider])
        let launch = Launch(
            argv: argv ?? [Products.fakeProvider, "--format", format] + arguments,
            environment: ["PATH": environmentVariable("PATH") ?? "/usr/bin:/bin"].merging(environment) { $1 },
            stdin: input, stdout: stdout)
        return SessionPlan(
            id: id, folder: "\(folder.path)/sessions/\(id.text)", definition: definition, launch: launch,
            workingDirectory: workingDirectory ?? folder.path, limits: limits, epoch: epoch,
            locks: folder.file("locks"), store: folder.file("store.db"), tutti: "/bin/true", host: host,
            keepsInputOpen: keepsInputOpen)
    }

    // MARK: Waiting

    var reports: [SessionReport] { log.all }

    func reports(of id: Identifier) -> [SessionReport] { reports.filter { $0.session == id } }

    /// Waits until the reports fulfil `condition`.
    func wait(
        _ what: String, limit: Duration = TestTime.limit, until condition: @escaping @Sendable ([SessionReport]) -> Bool
    ) async throws {
        let log = log
        let isThere = try await onOwnThread { log.wait(limit, until: condition) }
        if !isThere { throw TestFailure("waited \(limit) in vain for \(what); got \(reports.suffix(12))") }
    }

    /// Starts a session and waits for its end.
    func run(_ plan: SessionPlan, limit: Duration = TestTime.limit) async throws -> Finished {
        current.start(plan)
        return try await end(of: plan.id, limit: limit)
    }

    /// Waits for the end of a session.
    func end(of id: Identifier, limit: Duration = TestTime.limit) async throws -> Finished {
        try await wait("the end of \(id)", limit: limit) { $0.contains { $0.finished?.id == id } }
        guard let end = reports.compactMap(\.finished).first(where: { $0.id == id }) else {
            throw TestFailure("no end")
        }
        return end
    }

    /// Waits until a session reports this state (`running` by the host's own word).
    func waitForState(_ state: SessionState, of id: Identifier) async throws {
        try await wait("\(state) of \(id)") { reports in
            reports.contains { if case .stateChanged(id, state, _) = $0 { true } else { false } }
        }
    }

    /// Waits until so many events of a session have come.
    func waitForEvents(_ count: Int, of id: Identifier) async throws {
        try await wait("\(count) events of \(id)") { $0.events(of: id).count >= count }
    }

    /// All events of a session, those of the ending last.
    func events(of id: Identifier) -> [SpoolEvent] { reports.events(of: id) }

    func states(of id: Identifier) -> [SessionState] {
        reports.compactMap { if case .stateChanged(id, let state, _) = $0 { state } else { nil } }
    }
}

/// The last report of a session.
struct Finished: Sendable {
    let id: Identifier
    let ending: Ending
    let outcome: Outcome
    let last: Slice
}

extension SessionReport {
    var session: Identifier {
        switch self {
        case .started(let id, _), .stateChanged(let id, _, _), .gap(let id, _), .refused(let id, _), .caughtUp(let id):
            id
        case .slice(let slice): slice.session
        case .ended(let id, _, _, _): id
        }
    }

    var finished: Finished? {
        if case .ended(let id, let ending, let outcome, let last) = self {
            return Finished(id: id, ending: ending, outcome: outcome, last: last)
        }
        return nil
    }
}

extension [SessionReport] {
    func events(of id: Identifier) -> [SpoolEvent] {
        flatMap { report -> [SpoolEvent] in
            switch report {
            case .slice(let slice) where slice.session == id: slice.events
            case .ended(id, _, _, let last): last.events
            default: []
            }
        }
    }
}

/// Runs a test on a stage of its own. Nothing that carries the mark of one of its sessions may be left afterwards.
func onStage(
    following options: FollowerOptions = FollowerOptions(), _ body: @Sendable (Stage) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let stage = try Stage(folder, following: options)
        do {
            try await body(stage)
        } catch {
            await stage.current.close()
            throw error
        }
        await stage.current.close()
    }
}
