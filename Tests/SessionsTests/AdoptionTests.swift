import Foundation
import Glibc
import Model
import Providers
import TestSupport
import Testing

@testable import Sessions

@Suite struct AdoptionTests {
    /// What a supervisor says when nobody disturbs it.
    private func undisturbed(_ stage: Stage, _ arguments: [String]) async throws -> [ProviderEvent] {
        let plan = stage.plan(arguments)
        _ = try await stage.run(plan)
        return stage.events(of: plan.id).map(\.event).map(withoutSession)
    }

    /// The fake provider makes up a session of its own in each process.
    private func withoutSession(_ event: ProviderEvent) -> ProviderEvent {
        if case .sessionIdentified(_, let model) = event {
            return .sessionIdentified(providerSession: nil, model: model)
        }
        return event
    }

    /// The end of the last event that was reported of a session.
    private func committed(_ stage: Stage, _ id: Identifier) -> Int64 {
        stage.reports.compactMap { if case .slice(let slice) = $0, slice.session == id { slice.offset } else { nil } }
            .max() ?? 0
    }

    @Test func `another supervisor goes on where the first one stopped`() async throws {
        try await onStage { stage in
            let arguments = ["--lines", "200", "--tool-calls", "2", "--session-id", "fixed"]
            let whole = try await undisturbed(stage, arguments)
            let plan = stage.plan(arguments + ["--rate", "200"])
            stage.current.start(plan)
            for mark in [20, 60, 120] {
                try await stage.waitForEvents(mark, of: plan.id)
                try await stage.replaceSupervisor()
                stage.current.attach(plan, AttachedStanding(offset: committed(stage, plan.id)))
            }
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .completed)
            #expect(stage.events(of: plan.id).map(\.event).map(withoutSession) == whole)
        }
    }

    @Test func `of a session that lives it is told when it was read to its present end`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "5", "--hang", "2"])
            stage.current.start(plan)
            try await stage.waitForEvents(2, of: plan.id)
            try await stage.replaceSupervisor()
            stage.current.attach(plan, AttachedStanding(offset: committed(stage, plan.id)))
            try await stage.wait("the present end") { reports in
                reports.contains { if case .caughtUp(plan.id) = $0 { true } else { false } }
            }
            stage.current.kill(plan.id, cause: .cancelled)
            _ = try await stage.end(of: plan.id)
            #expect(stage.reports.count { if case .caughtUp = $0 { true } else { false } } == 1)
        }
    }

    @Test func `a session that ended meanwhile is read to its end`() async throws {
        try await onStage { stage in
            let arguments = ["--lines", "50", "--session-id", "fixed"]
            let whole = try await undisturbed(stage, arguments)
            let plan = stage.plan(arguments + ["--rate", "500"])
            stage.current.start(plan)
            try await stage.waitForEvents(5, of: plan.id)
            try await stage.replaceSupervisor()
            let offset = committed(stage, plan.id)
            _ = try await onOwnThread { try waitForFile("\(plan.folder)/exit.json") }
            stage.current.attach(plan, AttachedStanding(offset: offset))
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .completed)
            #expect(stage.events(of: plan.id).map(\.event).map(withoutSession) == whole)
        }
    }

    @Test func `what was committed is not said again, at any offset`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "20", "--tool-calls", "1"])
            let end = try await stage.run(plan)
            let all = stage.events(of: plan.id)
            var offsets = Set(all.map(\.end))
            offsets.insert(0)
            for offset in offsets.sorted() {
                try await stage.replaceSupervisor()
                let before = stage.reports.count
                stage.current.attach(plan, AttachedStanding(offset: offset))
                try await stage.wait("the end again") { $0.dropFirst(before).contains { $0.finished?.id == plan.id } }
                let again = Array(stage.reports.dropFirst(before))
                let rest = all.filter { $0.end > offset || end.last.events.contains($0) }
                #expect(again.events(of: plan.id) == rest, "offset \(offset)")
                #expect(again.last?.finished?.outcome == end.outcome)
            }
        }
    }

    @Test func `a silent session is not blamed for the silence before it was attached`() async throws {
        try await onStage { stage in
            var plan = stage.plan(["--lines", "5", "--hang", "2"])
            stage.current.start(plan)
            try await stage.waitForEvents(3, of: plan.id)
            try await stage.replaceSupervisor()
            plan.limits.idle = .milliseconds(400)
            let start = TestTime.now()
            stage.current.attach(plan, AttachedStanding(offset: 0))
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.failure?.class == .idleTimeout)
            #expect(TestTime.now() - start >= .milliseconds(400))
        }
    }

    @Test func `a host that was killed leaves nothing behind, and its session is lost`() async throws {
        try await onStage { stage in
            // T68, once watched by Foundation and once by a process descriptor.
            for isAdopted in [false, true] {
                let plan = stage.plan(["--lines", "9", "--hang", "3", "--children", "4"])
                stage.current.start(plan)
                try await stage.waitForState(.running, of: plan.id)
                try await stage.waitForEvents(4, of: plan.id)
                if isAdopted {
                    try await stage.replaceSupervisor()
                    stage.current.attach(plan, AttachedStanding(offset: committed(stage, plan.id)))
                }
                kill(try host(of: plan, in: stage).pid, SIGKILL)
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.state == .lost)
                #expect(end.outcome.text.contains("line 3"))
                #expect(end.ending.exit == nil)
                #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
            }
        }
    }

    @Test func `a whole success counts though the host was killed after it`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "3", "--hang", "end"])
            stage.current.start(plan)
            try await stage.waitForState(.running, of: plan.id)
            try await stage.wait("the result") { reports in
                reports.events(of: plan.id).contains { if case .turnCompleted = $0.event { true } else { false } }
            }
            kill(try host(of: plan, in: stage).pid, SIGKILL)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .completed)
            #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
        }
    }

    @Test func `a process that has got a dead host's number is never signalled`() async throws {
        try await onStage { stage in
            // T25: the record names a living stranger, with another start time.
            let stranger = try ChildProcess(["sleep", "1000"])
            let plan = stage.plan()
            try forge(
                plan,
                HostIdentity(
                    pid: stranger.pid, startTime: 1, bootID: HostIdentity.currentBootID,
                    pidNamespace: HostIdentity.currentPIDNamespace))
            stage.current.attach(plan, AttachedStanding(offset: 0))
            stage.current.kill(plan.id, cause: .cancelled)
            let end = try await stage.end(of: plan.id)
            #expect(end.ending.exit == nil)
            #expect(ProcessTable.isAlive(stranger.pid))
            stranger.signal(SIGKILL)
            _ = try stranger.wait()
        }
    }

    @Test func `nothing of another boot or another pid namespace is signalled`() async throws {
        try await onStage { stage in
            // T69: even a process that carries the mark, for it may be in a container of its own.
            for (boot, namespace) in [("another", HostIdentity.currentPIDNamespace), (HostIdentity.currentBootID, 1)] {
                let plan = stage.plan()
                let stranger = try ChildProcess(
                    ["sleep", "1000"], environment: ["TUTTI_SESSION": plan.id.text])
                let start = try #require(ProcessTable.startTime(of: stranger.pid))
                try forge(
                    plan,
                    HostIdentity(pid: stranger.pid, startTime: start, bootID: boot, pidNamespace: namespace))
                stage.current.attach(plan, AttachedStanding(offset: 0))
                let end = try await stage.end(of: plan.id)
                #expect(end.outcome.state == .lost)
                #expect(ProcessTable.isAlive(stranger.pid))
                stranger.signal(SIGKILL)
                _ = try stranger.wait()
            }
        }
    }

    @Test func `a host in another pid namespace is followed by its socket`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "5", "--hang", "3"])
            stage.current.start(plan)
            try await stage.waitForState(.running, of: plan.id)
            try await stage.waitForEvents(3, of: plan.id)
            let real = try host(of: plan, in: stage)
            await stage.current.close()
            try forge(
                plan,
                HostIdentity(
                    pid: real.pid, startTime: real.startTime, bootID: real.bootID, pidNamespace: 1))
            try await stage.replaceSupervisor()
            stage.current.attach(plan, AttachedStanding(offset: 0))
            try await stage.waitForEvents(6, of: plan.id)
            stage.current.end(plan.id, cause: .cancelled)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .cancelled)
            #expect(end.ending.exit != nil)
        }
    }

    @Test func `a session that no host ever took was never started, and nobody can start it any more`() async throws {
        try await onStage { stage in
            let plan = stage.plan()
            try FileManager.default.createDirectory(atPath: plan.folder, withIntermediateDirectories: false)
            stage.current.attach(plan, AttachedStanding(offset: 0))
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .failed)
            #expect(end.outcome.failure?.class == .neverStarted)
            // Not even the folder is there.
            let nothing = stage.plan()
            stage.current.attach(nothing, AttachedStanding(offset: 0))
            let other = try await stage.end(of: nothing.id)
            #expect(other.outcome.failure?.class == .neverStarted)
            // A host that comes late finds it taken, and the next adopter knows by whom.
            let command = HostCommand(plan)
            let late = try run([command.executable] + command.arguments)
            #expect(late.status == 75)
            try await stage.replaceSupervisor()
            let before = stage.reports.count
            stage.current.attach(plan, AttachedStanding(offset: 0))
            try await stage.wait("the end again") { $0.dropFirst(before).contains { $0.finished?.id == plan.id } }
            #expect(stage.reports.last?.finished?.outcome.failure?.class == .neverStarted)
        }
    }

    @Test func `a session that a host had taken, or that the record saw running, is lost and not unstarted`()
        async throws
    {
        try await onStage { stage in
            let claimed = stage.plan()
            try FileManager.default.createDirectory(atPath: claimed.folder, withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: "\(claimed.folder)/claim"))
            stage.current.attach(claimed, AttachedStanding(offset: 0))
            #expect(try await stage.end(of: claimed.id).outcome.state == .lost)
            // Somebody removed its folder.
            let removed = stage.plan()
            stage.current.attach(removed, AttachedStanding(offset: 0, wasStarted: true))
            #expect(try await stage.end(of: removed.id).outcome.state == .lost)
        }
    }

    @Test func `an ending that was begun keeps its reason under the next supervisor`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "3", "--hang", "2"])
            stage.current.start(plan)
            try await stage.waitForEvents(3, of: plan.id)
            // The host ends it on request and says only that.
            stage.current.kill(plan.id, cause: .budget)
            _ = try await onOwnThread { try waitForFile("\(plan.folder)/exit.json") }
            try await stage.replaceSupervisor()
            let before = stage.reports.count
            stage.current.attach(plan, AttachedStanding(offset: 0, wasStarted: true, ending: .budget))
            try await stage.wait("the end again") { $0.dropFirst(before).contains { $0.finished?.id == plan.id } }
            #expect(stage.reports.last?.finished?.outcome.failure?.class == .budget)
        }
    }

    @Test func `a spool that is shorter than what was committed is never passed over`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "5"])
            let end = try await stage.run(plan)
            try await stage.replaceSupervisor()
            let before = stage.reports.count
            let offset = end.last.offset + 100
            stage.current.attach(plan, AttachedStanding(offset: offset))
            try await stage.wait("the end again") { $0.dropFirst(before).contains { $0.finished != nil } }
            let again = Array(stage.reports.dropFirst(before))
            #expect(again.last?.finished?.outcome.failure?.class == .spoolTruncated)
            let gaps = again.compactMap { if case .gap(_, let gap) = $0 { gap } else { nil } }
            #expect(gaps == [SpoolGap(expected: offset, found: end.last.offset)])
        }
    }

    @Test func `a spool that is cut while it is followed ends its session`() async throws {
        try await onStage { stage in
            let plan = stage.plan(["--lines", "9", "--hang", "5"])
            stage.current.start(plan)
            try await stage.waitForEvents(6, of: plan.id)
            let spool = "\(plan.folder)/spool.jsonl"
            chmod(spool, 0o600)
            #expect(truncate(spool, 10) == 0)
            let end = try await stage.end(of: plan.id)
            #expect(end.outcome.state == .failed)
            #expect(end.outcome.failure?.class == .spoolTruncated)
            #expect(stage.reports.contains { if case .gap(plan.id, _) = $0 { true } else { false } })
            #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
        }
    }

    private func host(of plan: SessionPlan, in stage: Stage) throws -> HostIdentity {
        let identities = stage.reports.compactMap { report in
            if case .started(plan.id, let identity) = report { identity } else { nil }
        }
        return try #require(identities.last)
    }

    /// Writes a host's record by hand.
    private func forge(_ plan: SessionPlan, _ identity: HostIdentity) throws {
        mkdir(plan.folder, 0o700)
        let record = """
            {"protocol":1,"pid":\(identity.pid),"start_time":\(identity.startTime),"boot_id":"\(identity.bootID)",\
            "pid_ns":\(identity.pidNamespace),"provider_pid":2,"provider_start_time":1,"started_at_ms":0}
            """
        try Data(record.utf8).write(to: URL(fileURLWithPath: "\(plan.folder)/host.json"))
    }
}
