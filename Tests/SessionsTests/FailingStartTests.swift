import Model
import Sessions
import TestSupport
import Testing

/// T22: whatever cannot be started has a name, and the supervisor goes on.
@Suite struct FailingStartTests {
    @Test func `each obstacle is named`() async throws {
        try await onStage { stage in
            let plainFile = try stage.folder.write("text", to: "no-program")
            let missing = stage.folder.file("nothing")
            let cases: [(SessionPlan, String)] = [
                (stage.plan(argv: [missing]), "cannot start \(missing): No such file or directory"),
                (
                    stage.plan(argv: ["surely-no-such-program"]),
                    "cannot start surely-no-such-program (looked for in PATH): No such file or directory"
                ),
                (stage.plan(argv: [stage.folder.path]), "cannot start \(stage.folder.path): Permission denied"),
                (stage.plan(argv: [plainFile]), "cannot start \(plainFile): Permission denied"),
                (
                    stage.plan(workingDirectory: missing),
                    "cannot enter the working folder \(missing): No such file or directory"
                ),
                (
                    stage.plan(workingDirectory: plainFile),
                    "cannot enter the working folder \(plainFile): Not a directory"
                ),
                (stage.plan(argv: []), "cannot start the provider fake: it has no command"),
                (stage.plan(host: missing), "cannot start the host \(missing): No such file or directory"),
            ]
            for (plan, words) in cases {
                let end = try await stage.run(plan)
                #expect(end.outcome.failure == Failure(.startFailed, words))
                #expect(end.ending.exit == nil)
            }
            let tooLong = stage.plan([String(repeating: "x", count: 200_000)])
            let end = try await stage.run(tooLong)
            #expect(end.outcome.failure?.class == .startFailed)
            #expect(end.outcome.failure?.message.contains("Argument list too long") == true, "\(end.outcome)")
            let good = try await stage.run(stage.plan(["--lines", "1"]))
            #expect(good.outcome.state == .completed)
        }
    }

    @Test func `a file that is no program is the host's to name`() async throws {
        try await onStage { stage in
            let text = try stage.folder.write("\u{1}\u{2}", to: "no-format", executable: true)
            let end = try await stage.run(stage.plan(argv: [text]))
            #expect(end.outcome.failure?.class == .startFailed)
            #expect(end.outcome.failure?.message.contains("Exec format error") == true, "\(end.outcome)")
            #expect(end.ending.exit?.endedBy == "start_failed")
        }
    }

    @Test func `a host that refuses to start says so`() async throws {
        try await onStage { stage in
            let host = try stage.folder.write("#!/bin/sh\nexit 64\n", to: "refusing-host", executable: true)
            let end = try await stage.run(stage.plan(host: host))
            let words = "the host ended with status 64 before it started the provider"
            #expect(end.outcome.failure == Failure(.startFailed, words))
        }
    }

    @Test func `a session's folder is not used twice`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "1"])
            let good = try await stage.run(plan)
            #expect(good.outcome.state == .completed)
            stage.current.start(plan)
            try await stage.wait("the second end") { $0.filter { $0.finished?.id == plan.id }.count == 2 }
            #expect(stage.reports.compactMap(\.finished).last?.outcome.failure?.message.contains("File exists") == true)
        }
    }

    @Test func `many sessions that cannot start all end`() async throws {
        try await onStage { stage in
            let plans = (0..<200).map { _ in stage.plan(argv: ["/nonexistent/program"]) }
            for plan in plans { stage.current.start(plan) }
            for plan in plans {
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.failure?.class == .startFailed)
            }
        }
    }
}
