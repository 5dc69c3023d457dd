import Glibc
import Model
import Providers
import Sessions
import TestSupport
import Testing

/// T23: what each way of ending means.
@Suite struct StatusTests {
    struct Case: Sendable {
        var arguments: [String]
        var kind = ProviderKind.claude
        var state: SessionState
        var failure: FailureClass?
        var status: Int32?
        var signal: Int32?
    }

    static let cases: [Case] = [
        Case(arguments: ["--lines", "1"], state: .completed, status: 0),
        Case(arguments: ["--lines", "1", "--exit", "3"], state: .completed, status: 3),
        Case(arguments: ["--lines", "1", "--signal", "9"], state: .completed, signal: SIGKILL),
        Case(arguments: ["--lines", "1", "--no-newline"], state: .completed, status: 0),
        Case(arguments: ["--lines", "1", "--no-result", "--exit", "0"], state: .failed, failure: .noResult, status: 0),
        Case(arguments: ["--lines", "1", "--no-result", "--exit", "7"], state: .failed, failure: .crash, status: 7),
        Case(arguments: ["--cut", "start", "--exit", "1"], state: .failed, failure: .crash, status: 1),
        Case(arguments: ["--outcome", "401"], state: .failed, failure: .auth, status: 1),
        Case(arguments: ["--outcome", "429"], state: .failed, failure: .rateLimit, status: 1),
        Case(arguments: ["--outcome", "500"], state: .failed, failure: .serverError, status: 1),
        Case(arguments: ["--outcome", "529"], state: .failed, failure: .overload, status: 1),
        Case(arguments: ["--lines", "1"], kind: .plain, state: .completed, status: 0),
        Case(arguments: ["--lines", "1", "--exit", "2"], kind: .plain, state: .failed, failure: .crash, status: 2),
        Case(arguments: ["--lines", "1"], kind: .codex, state: .completed, status: 0),
    ]

    @Test func `every ending has its meaning`() async throws {
        try await onStage { stage in
            var wanted: [(Case, SessionPlan)] = []
            for one in StatusTests.cases { wanted.append((one, stage.plan(one.arguments, kind: one.kind))) }
            for signal in [1, 2, 3, 6, 8, 9, 10, 11, 12, 13, 14, 15, 24] as [Int32] {
                let arguments = ["--lines", "2", "--cut", "1", "--signal", String(signal)]
                wanted.append(
                    (
                        Case(arguments: arguments, state: .failed, failure: .crash, signal: signal),
                        stage.plan(arguments)
                    ))
            }
            for (_, plan) in wanted { stage.current.start(plan) }
            for (expected, plan) in wanted {
                let end = try await stage.end(of: plan.id)
                let what = "\(expected.arguments) \(expected.kind): \(end.outcome)"
                #expect(end.outcome.state == expected.state, "\(what)")
                #expect(end.outcome.failure?.class == expected.failure, "\(what)")
                #expect(end.ending.exit?.status == expected.status, "\(what)")
                #expect(end.ending.exit?.signal == expected.signal, "\(what)")
            }
        }
    }

    @Test func `standard error is kept at both ends`() async throws {
        try await onStage { stage in
            let end = try await stage.run(stage.plan(["--stderr-bytes", "300000", "--no-result", "--exit", "1"]))
            #expect(end.ending.stderr.utf8.count > 120_000)
            #expect(end.ending.stderr.contains("\n[…]\n"))
            let few = try await stage.run(stage.plan(["--stderr", "something is wrong", "--no-result", "--exit", "1"]))
            #expect(few.ending.stderr.contains("something is wrong"))
        }
    }

    @Test func `no child has descriptors of its neighbours`() async throws {
        try await onStage { stage in
            // T13.
            let plans = (0..<40).map { index in
                stage.plan(["--lines", "2", "--dump", stage.folder.file("dump-\(index)")])
            }
            for plan in plans { stage.current.start(plan) }
            for (index, plan) in plans.enumerated() {
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.state == .completed)
                let dump = try #require(text(of: stage.folder.file("dump-\(index)")))
                let descriptors = dump.split(separator: "\n").filter { $0.hasPrefix("fd ") }
                #expect(descriptors.count == 3, "\(dump)")
                #expect(dump.contains("TUTTI_SESSION=\(plan.id)"), "\(dump)")
            }
        }
    }
}
