import Coordinator
import Model
import Scheduler
import Settings
import Store
import StreamJSON
import TestSupport
import Testing

@Suite(.serialized) struct AskTests {
    /// Runs `question` against `modules` fake modules and gives what the store then says.
    private func ask(
        _ question: String, modules: Int = 1, format: String = "claude", settings: String = "",
        flags: [String: String] = [:], change: @escaping @Sendable (inout AskRequest) -> Void = { _ in }
    ) async throws -> (detail: RunDetail, events: [StoredEvent]) {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: modules, format: format, settings: settings)
                let store = try workshop.store()
                defer { store.close() }
                var request = try workshop.request(question, flags: flags)
                change(&request)
                let detail = try workshop.ask(request, in: store)
                let events = try store.read { try $0.events(after: 0, limit: 100_000) }.events
                return (detail, events)
            }
        }
    }

    @Test func `every module gives its answer, and the store tells how`() async throws {
        let (detail, events) = try await ask("[[fake: --lines 5]] What is this?", modules: 3)
        #expect(detail.run.state == .completed)
        #expect(detail.run.exit == 0)
        #expect(detail.jobs.map(\.state) == [.completed, .completed, .completed])
        let answers = detail.messages.filter { $0.role == .assistant }
        #expect(answers.count == 3)
        #expect(answers.allSatisfy { $0.status == .completed && !$0.content.isEmpty })
        #expect(detail.sessions.allSatisfy { $0.state == .completed && $0.exit?.status == 0 && $0.host != nil })
        #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
        #expect(events.first?.type == .runStarted)
        #expect(events.last?.type == .runFinished)
        #expect(events.contains { $0.type == .textDelta })
        #expect(events.filter { $0.type == .jobFinished }.count == 3)
        #expect(detail.run.usage.usage.total > 0)
    }

    @Test(arguments: ["claude", "codex", "plain"])
    func `a provider with or without deltas ends in the same rows`(_ format: String) async throws {
        let (detail, _) = try await ask("[[fake: --answer Forty-two]] What?", format: format)
        #expect(detail.run.state == .completed)
        let answer = try #require(detail.messages.first { $0.role == .assistant })
        #expect(answer.status == .completed)
        #expect(answer.content.contains("Forty-two"))
    }

    @Test func `a crash is retried and the second attempt's answer is the one that stays`() async throws {
        let (detail, events) = try await ask(
            "[[fake: --lines 3 --exit 7 --no-result]] x", flags: ["retry.attempts": "2", "retry.delay": "10ms"])
        #expect(detail.run.state == .failed)
        #expect(detail.run.exit == 1)
        #expect(detail.sessions.map(\.attempt).sorted() == [1, 2])
        #expect(detail.sessions.allSatisfy { $0.state == .failed && $0.exit?.status == 7 })
        let answer = try #require(detail.messages.first { $0.role == .assistant })
        #expect(answer.status == .failed)
        #expect(answer.errorClass != nil)
        let told = events.map(\.type).filter { [.sessionRetrying, .jobWaiting, .jobFinished].contains($0) }
        #expect(told == [.sessionRetrying, .jobWaiting, .jobFinished])
    }

    @Test func `an answer that takes too long ends as total_timeout with what was said until then`() async throws {
        let (detail, _) = try await ask(
            "[[fake: --lines 3 --hang 2]] x", flags: ["timeout.total": "1s", "retry.attempts": "1"])
        #expect(detail.run.exit == 3)
        let answer = try #require(detail.messages.first { $0.role == .assistant })
        #expect(answer.status == .failed)
        #expect(answer.errorClass == .totalTimeout)
    }

    @Test func `a provider whose command is missing fails its job with the name that was tried`() async throws {
        let (detail, _) = try await ask(
            "x", settings: "retry: { attempts: 1 }", change: { request in request.provider = "claude" })
        #expect(detail.run.state == .failed)
        #expect(detail.jobs.first?.failureClass == .startFailed)
        #expect(detail.jobs.first?.failure?.contains("claude") == true)
    }

    @Test func `typed answers are checked, and one that does not fit is sent back once`() async throws {
        let schema = #"{"type":"object","required":["n"]}"#
        let (detail, _) = try await ask(
            "[[fake: --answer nothing]] x", flags: ["retry.attempts": "3"], change: { $0.schema = schema })
        #expect(detail.jobs.first?.failureClass == .structuredOutput)
        #expect(detail.sessions.count == 2)
    }

    @Test func `answers are merged by a provider that is told who is missing`() async throws {
        let (detail, events) = try await ask(
            "[[fake: --echo-stdin]] x", modules: 2, change: { $0.merge = .prompt("Sum up, please.") })
        #expect(detail.run.state == .completed)
        let outcome = try #require(detail.run.outcome)
        let merged = try JSONValue(parsing: outcome)["merged"]?.string
        #expect(merged != nil)
        let merge = try #require(detail.jobs.first { $0.kind == "merge" })
        #expect(merge.state == .completed)
        let told = events.filter { $0.job == merge.id && $0.type.rawValue.hasPrefix("job.") }
        #expect(told.map(\.type) == [.jobWaiting, .jobQueued, .jobFinished])
    }

    @Test func `a merged answer is not lost when the answers cannot be read at first`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 1)
                let store = try workshop.store()
                defer { store.close() }
                let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
                defer { coordinator.close() }
                var request = try workshop.request("[[fake: --answer Forty-two --linger 300]] x")
                request.merge = .concat
                let asked = try coordinator.submit(PreparedRun(request, at: .now)).run
                let watch = TickWatch(storePath: store.path)
                while try workshop.detail(asked, in: store).sessions.first?.host == nil { watch.wait() }
                // The messages cannot be read from here on; all else can.
                try alter(store, "update message_rows set id = 'not ' || id where role = 'user'")
                var filter = EventFilter()
                filter.types = [.jobFinished]
                while try store.read({ try $0.events(after: 0, filter: filter) }).events.isEmpty { watch.wait() }
                try alter(store, "update message_rows set id = substr(id, 5) where role = 'user'")
                #expect(try coordinator.wait(seconds: Double(TestTime.stretched(.seconds(20)).components.seconds)))
                let outcome = try #require(try workshop.detail(asked, in: store).run.outcome)
                #expect(try JSONValue(parsing: outcome)["merged"]?.string?.contains("Forty-two") == true)
            }
        }
    }

    @Test func `a merge that is left out is said once, though the run's end cannot be written at first`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 1)
                let store = try workshop.store()
                defer { store.close() }
                let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
                defer { coordinator.close() }
                var request = try workshop.request(
                    "[[fake: --lines 1 --linger 300 --exit 7 --no-result]] x", flags: ["retry.attempts": "1"])
                request.merge = .prompt("Sum up, please.")
                let asked = try coordinator.submit(PreparedRun(request, at: .now)).run
                let watch = TickWatch(storePath: store.path)
                while try workshop.detail(asked, in: store).sessions.first?.host == nil { watch.wait() }
                // Nobody can read the run from here on.
                try alter(store, "update sessions set owner = 'nobody'")
                var filter = EventFilter()
                filter.types = [.jobSkipped]
                while try store.read({ try $0.events(after: 0, filter: filter) }).events.isEmpty { watch.wait() }
                try alter(store, "update sessions set owner = '\(coordinator.id.text)'")
                #expect(try coordinator.wait(seconds: Double(TestTime.stretched(.seconds(20)).components.seconds)))
                let detail = try workshop.detail(asked, in: store)
                #expect(detail.run.state == .failed)
                let events = try store.read { try $0.events(after: 0, limit: 100_000) }.events
                #expect(events.count { $0.type == .jobSkipped } == 1)
                #expect(events.count { $0.type == .runFinished } == 1)
            }
        }
    }

    @Test func `a run that is cancelled says so everywhere and leaves no process`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 2)
                let store = try workshop.store()
                defer { store.close() }
                let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
                defer { coordinator.close() }
                let request = try workshop.request("[[fake: --lines 2 --hang 1]] x")
                let ticket = try coordinator.submit(PreparedRun(request, at: .now))
                let watch = TickWatch(storePath: store.path)
                let deadline = TestTime.now() + TestTime.limit
                while try store.read({ try $0.counts(since: Timestamp(milliseconds: 0)) }).running < 2 {
                    watch.wait()
                    if TestTime.now() > deadline { throw Workshop.Timeout() }
                }
                try coordinator.cancel(ticket.run)
                #expect(try coordinator.wait(for: ticket.run, seconds: 60))
                let detail = try workshop.detail(ticket.run, in: store)
                #expect(detail.run.state == .cancelled)
                #expect(detail.run.exit == 5)
                #expect(detail.jobs.allSatisfy { $0.state == .cancelled })
                #expect(detail.messages.filter { $0.role == .assistant }.allSatisfy { $0.status == .cancelled })
                for session in detail.sessions {
                    #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(session.id.text)").isEmpty)
                }
            }
        }
    }

    @Test func `the next coordinator takes over what one left, byte for byte`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 3)
                let store = try workshop.store()
                defer { store.close() }
                let first = try Coordinator(store: store, surroundings: workshop.surroundings())
                let request = try workshop.request("[[fake: --lines 60 --rate 100]] x")
                let ticket = try first.submit(PreparedRun(request, at: .now))
                let watch = TickWatch(storePath: store.path)
                var filter = EventFilter()
                filter.types = [.textDelta]
                while try store.read({ try $0.events(after: 0, filter: filter) }).events.count < 5 { watch.wait() }
                first.close()
                let second = try Coordinator(store: store, surroundings: workshop.surroundings())
                second.adopt()
                #expect(try second.wait(seconds: 60))
                second.close()
                let detail = try workshop.detail(ticket.run, in: store)
                #expect(detail.run.state == .completed)
                #expect(detail.sessions.count == 3)
                let events = try store.read { try $0.events(after: 0, limit: 100_000) }.events
                for type in [EventType.sessionStarted, .sessionFirstToken, .sessionAdopted] {
                    #expect(events.count { $0.type == type } == 3, "\(type) is told once of each session")
                }
                let undisturbed = try workshop.ask(
                    try workshop.request("[[fake: --lines 60]] x"), in: store)
                let expected = undisturbed.messages.first { $0.role == .assistant }?.content
                for answer in detail.messages where answer.role == .assistant { #expect(answer.content == expected) }
            }
        }
    }

    @Test func `a wish to cancel outlives the coordinator that did not obey it`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 1)
                let store = try workshop.store()
                defer { store.close() }
                let first = try Coordinator(store: store, surroundings: workshop.surroundings())
                let ticket = try first.submit(
                    PreparedRun(try workshop.request("[[fake: --lines 3 --hang 2]] x"), at: .now))
                let watch = TickWatch(storePath: store.path)
                while try workshop.detail(ticket.run, in: store).sessions.first?.firstTokenAt == nil { watch.wait() }
                first.close()
                try store.writeAndWait { _ = try $0.requestCancel([.job(ticket.jobs[0].job)], at: .now) }
                let second = try Coordinator(store: store, surroundings: workshop.surroundings())
                second.adopt()
                let isOver = try second.wait(seconds: Double(TestTime.stretched(.seconds(10)).components.seconds))
                #expect(isOver)
                if !isOver { second.kill() }
                second.close()
                let detail = try workshop.detail(ticket.run, in: store)
                #expect(detail.jobs.map(\.state) == [.cancelled])
                #expect(detail.sessions.map(\.state) == [.cancelled])
            }
        }
    }

    @Test func `what was cancelled while nobody owned it is never started`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 2)
                let store = try workshop.store()
                defer { store.close() }
                let prepared = try PreparedRun(try workshop.request("[[fake: --lines 3 --hang 2]] x"), at: .now)
                let run = try Coordinator.enqueue(prepared, in: store).run
                try store.writeAndWait { _ = try $0.requestCancel([.run(run)], at: .now) }
                try Coordinator.recover(store, surroundings: workshop.surroundings())
                let detail = try workshop.detail(run, in: store)
                #expect(detail.run.state == .cancelled)
                #expect(detail.sessions.isEmpty)
            }
        }
    }

    @Test func `a run's time goes on while nobody owns it`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 1)
                let store = try workshop.store()
                defer { store.close() }
                var request = try workshop.request("[[fake: --lines 3]] x")
                request.deadline = .seconds(60)
                let run = try Coordinator.enqueue(PreparedRun(request, at: .now), in: store).run
                let earlier = Timestamp(milliseconds: Timestamp.now.milliseconds - 61_000)
                try store.writeAndWait { try $0.setRun(run, .running, at: earlier) }
                try Coordinator.recover(store, surroundings: workshop.surroundings())
                #expect(try workshop.detail(run, in: store).run.exit == ExitCode.timedOut.rawValue)
                // Put back into the queue, it has all of its time again.
                #expect(try Coordinator.reopen(run, jobs: { _ in true }, attempts: 1, in: store) == 1)
                try Coordinator.recover(store, surroundings: workshop.surroundings())
                #expect(try workshop.detail(run, in: store).run.state == .completed)
            }
        }
    }
}
