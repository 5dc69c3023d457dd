import Coordinator
import Foundation
import Model
import Store
import StreamJSON
import TestSupport
import Testing

/// What the next coordinator makes of a run whose own one has died at an awkward moment.
@Suite(.serialized) struct AdoptionTests {
    /// A coordinator begins `question` and dies when `moment` has come; another one brings the run to its end.
    private func adopted(
        _ question: String, modules: Int = 1, flags: [String: String] = [:],
        first: @escaping @Sendable (Workshop) throws -> Surroundings = { $0.surroundings() },
        change: @escaping @Sendable (inout AskRequest) -> Void = { _ in },
        before: @escaping @Sendable (Coordinator, Identifier) throws -> Void = { _, _ in },
        meanwhile: @escaping @Sendable (Workshop, Store) throws -> Void = { _, _ in },
        until moment: @escaping @Sendable (RunDetail) -> Bool,
        check: @escaping @Sendable (Workshop, Store, RunDetail, [StoredEvent]) throws -> Void
    ) async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: modules)
                let store = try workshop.store()
                defer { store.close() }
                let dying = try Coordinator(store: store, surroundings: try first(workshop))
                var request = try workshop.request(question, flags: flags)
                change(&request)
                let run = try dying.submit(PreparedRun(request, at: .now)).run
                try before(dying, run)
                let watch = TickWatch(storePath: store.path)
                let deadline = TestTime.now() + TestTime.limit
                while !moment(try workshop.detail(run, in: store)) {
                    watch.wait()
                    if TestTime.now() > deadline { throw Workshop.Timeout() }
                }
                dying.close()
                try meanwhile(workshop, store)
                let next = try Coordinator(store: store, surroundings: workshop.surroundings())
                next.adopt()
                let isOver = try next.wait(seconds: Double(TestTime.stretched(.seconds(60)).components.seconds))
                if !isOver { next.kill() }
                next.close()
                guard isOver else { throw Workshop.Timeout() }
                let events = try store.read { try $0.events(after: 0, limit: 100_000) }.events
                try check(workshop, store, try workshop.detail(run, in: store), events)
            }
        }
    }

    @Test func `a run that was over its budget leaves with that status under the next coordinator`() async throws {
        try await adopted(
            "[[fake: --lines 2 --hang end --ignore-term]] x", modules: 2,
            flags: ["jobs": "1", "budget.usd": "0.000001", "limits.grace": "1s"],
            until: { $0.jobs.contains { $0.state == .skipped } }
        ) { _, _, detail, events in
            #expect(detail.run.exit == ExitCode.budget.rawValue)
            #expect(detail.jobs.map(\.state) == [.completed, .skipped])
            #expect(events.count { $0.type == .jobSkipped } == 1)
        }
    }

    @Test func `a run that was interrupted leaves with that status under the next coordinator`() async throws {
        try await adopted(
            "[[fake: --lines 2 --hang 2 --ignore-term]] x", modules: 2, flags: ["jobs": "1", "limits.grace": "1s"],
            before: { coordinator, run in
                let watch = TickWatch(storePath: coordinator.store.path)
                while try coordinator.store.read({ try $0.runDetail(run) })?.sessions.first?.firstTokenAt == nil {
                    watch.wait()
                }
                try coordinator.cancel(run, exit: .interrupted)
            },
            until: { $0.sessions.first?.state == .ending }
        ) { _, _, detail, _ in
            #expect(detail.run.exit == ExitCode.interrupted.rawValue)
            #expect(detail.run.state == .cancelled)
            #expect(detail.jobs.map(\.state) == [.cancelled, .cancelled])
        }
    }

    @Test func `a job that was ended by the run's deadline says so under the next coordinator`() async throws {
        try await adopted(
            "[[fake: --lines 2 --hang 2 --ignore-term]] x", flags: ["limits.grace": "1s"],
            change: { $0.deadline = .milliseconds(500) }, until: { $0.sessions.first?.state == .ending }
        ) { _, _, detail, _ in
            #expect(detail.run.exit == ExitCode.timedOut.rawValue)
            #expect(detail.jobs.map(\.state) == [.failed])
            #expect(detail.jobs.map(\.failureClass) == [.totalTimeout])
            #expect(detail.sessions.map(\.failureClass) == [.totalTimeout])
        }
    }

    @Test func `a session that was ended for its silence is tried again under the next coordinator`() async throws {
        try await adopted(
            "[[fake: --lines 2 --hang 2 --ignore-term]] x",
            flags: ["timeout.idle": "1s", "limits.grace": "1s", "retry.attempts": "2", "retry.delay": "10ms"],
            meanwhile: { _, store in
                // It ends while nobody looks: its host knows only that somebody asked for that.
                let session = try #require(try store.read { try $0.sessions().first })
                let pid = try #require(session.host?.providerPID)
                kill(pid, SIGKILL)
                try waitForFile(session.folder + "/exit.json")
            },
            until: { $0.sessions.first?.state == .ending }
        ) { _, _, detail, _ in
            #expect(detail.sessions.map(\.failureClass) == [.idleTimeout, .idleTimeout])
            #expect(detail.jobs.map(\.failureClass) == [.idleTimeout])
            #expect(detail.jobs.map(\.state) == [.failed])
        }
    }

    @Test func `an attempt that was never started costs none`() async throws {
        try await adopted(
            "[[fake: --lines 3]] x", flags: ["retry.attempts": "1"],
            first: { workshop in
                // A host that is on its way for ever.
                var surroundings = workshop.surroundings()
                surroundings.host = try workshop.folder.write("#!/bin/sh\nexec sleep 1000\n", to: "slow-host")
                chmod(surroundings.host, 0o700)
                return surroundings
            },
            until: { !$0.sessions.isEmpty }
        ) { _, store, detail, events in
            #expect(detail.run.state == .completed)
            #expect(detail.sessions.map(\.attempt) == [1, 1])
            #expect(Set(detail.sessions.map(\.failureClass)) == [.neverStarted, nil])
            #expect(detail.jobs.map(\.attempts) == [1])
            let queued = events.filter { $0.type == .jobQueued }
            #expect(queued.count == 2)
            #expect(queued.last?.data.contains("never_started") == true)
            let word = "\(detail.jobs[0].id.text)/1"
            let named = try store.read { try $0.resolve(word) }
            #expect(named == detail.sessions.first { $0.state == .completed }.map { .session($0.id) })
            for session in detail.sessions {
                #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(session.id.text)").isEmpty)
            }
        }
    }

    @Test func `who had left a session is told before who has taken it`() async throws {
        try await adopted(
            "[[fake: --lines 40 --rate 100]] x", until: { $0.sessions.first?.firstTokenAt != nil }
        ) { _, _, detail, events in
            let told = events.filter { $0.type == .sessionOrphaned || $0.type == .sessionAdopted }
            #expect(told.map(\.type) == [.sessionOrphaned, .sessionAdopted])
            #expect(told.allSatisfy { $0.session == detail.sessions[0].id })
            let dead = (try JSONValue(parsing: told[0].data))["coordinator"]?.string
            #expect(dead.flatMap { Identifier($0) } != nil)
            #expect(dead != detail.sessions[0].owner.text)
        }
    }

    @Test func `a coordinator that is left in order starts one recovery, and takes no turn of a guard`() async throws {
        try await adopted(
            "[[fake: --lines 3 --linger 500]] x",
            first: { workshop in
                var surroundings = workshop.surroundings()
                surroundings.tutti = try workshop.folder.write(
                    "#!/bin/sh\necho \"$@\" >> \(workshop.folder.file("recoveries"))\n", to: "tutti", executable: true)
                return surroundings
            },
            meanwhile: { workshop, store in
                let told = try waitForFile(workshop.folder.file("recoveries"), containing: "\n")
                #expect(told == "recover --db \(store.path)\n")
                #expect(access(store.stateFolder + "/coordinators/recover.log", F_OK) != 0)
            },
            until: { $0.sessions.first?.firstTokenAt != nil }
        ) { workshop, _, detail, _ in
            #expect(detail.run.state == .completed)
            let told = try waitForFile(workshop.folder.file("recoveries"), containing: "\n")
            #expect(told.split(separator: "\n").count == 1)
        }
    }

    @Test func `who could not write the end of a run leaves it as work to be done`() async throws {
        try await adopted(
            "[[fake: --lines 3 --linger 4000]] x",
            before: { coordinator, _ in
                try alter(
                    coordinator.store,
                    """
                    CREATE TRIGGER full BEFORE UPDATE ON runs WHEN new.finished_at IS NOT NULL
                    BEGIN SELECT RAISE(ABORT, 'full'); END
                    """)
            },
            meanwhile: { _, store in
                let owner = try #require(try store.read { try $0.ownersOfWork() }.first)
                #expect(access("\(store.stateFolder)/coordinators/\(owner.text).lock", F_OK) == 0)
                #expect(try store.read { try $0.coordinator(owner) }?.endedAt == nil)
                try alter(store, "DROP TRIGGER full")
            },
            until: { $0.jobs.allSatisfy(\.state.isFinal) }
        ) { _, _, detail, events in
            #expect(detail.run.state == .completed)
            #expect(events.count { $0.type == .runFinished } == 1)
        }
    }

    @Test func `a run that cannot be read at first is not forgotten`() async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: 1)
                let store = try workshop.store()
                defer { store.close() }
                let prepared = try PreparedRun(try workshop.request("[[fake: --lines 3]] x"), at: .now)
                let run = try Coordinator.enqueue(prepared, in: store).run
                let job = try #require(try workshop.detail(run, in: store).jobs.first).id
                func rename(_ old: String, _ new: String) throws {
                    let program = """
                        import sqlite3, sys
                        db = sqlite3.connect(sys.argv[1])
                        db.execute("update jobs set id = ? where id = ?", (sys.argv[3], sys.argv[2]))
                        db.commit()
                        """
                    let told = try TestSupport.run(["/usr/bin/env", "python3", "-c", program, store.path, old, new])
                    #expect(told.status == 0, "\(told.errors)")
                }
                try rename(job.text, "no identifier")
                let coordinator = try Coordinator(store: store, surroundings: workshop.surroundings())
                defer { coordinator.close() }
                coordinator.adopt()
                // Whoever waits for all work to be done must not be told that it is.
                #expect(try !coordinator.wait(seconds: 0.5))
                try rename("no identifier", job.text)
                #expect(try coordinator.wait(seconds: Double(TestTime.stretched(.seconds(20)).components.seconds)))
                #expect(try workshop.detail(run, in: store).run.state == .completed)
            }
        }
    }

    // MARK: Another version of a dialect

    /// Makes the store say that an older reader had recorded all sessions, and had read them otherwise.
    private static let misread = """
        import json, sqlite3, sys
        db = sqlite3.connect(sys.argv[1])
        session, run = db.execute("select row, run from sessions").fetchone()
        db.execute("update sessions set dialect_version = 0")
        db.execute("update message_parts set text = 'misread ' || text where n > 0")
        db.execute("update blocks set text = 'misread ' || text where session is not null and kind <> 'prompt'")
        db.execute("insert into usage values (?, 'misread', 1, 7, 0, 0, 5, 0, 1000, 0)", (session,))
        usage = {"increments": [{"model": "misread", "input": 7, "cache_read": 0, "cache_write": 0, "output": 5,
                                 "reasoning": 0, "cost": "0.000001", "cost_micros": 1}]}
        db.execute("insert into events (at, type, session, data) values (1, 31, ?, ?)", (session, json.dumps(usage)))
        db.commit()
        """

    @Test(arguments: [
        ("[[fake: --lines 60 --rate 100 --tool-calls 1]] x", false), ("[[fake: --lines 9 --hang end]] x", true),
    ])
    func `what another version of a dialect had recorded is read again from the first byte`(
        _ question: String, _ isAnswered: Bool
    ) async throws {
        try await adopted(
            question, flags: ["timeout.after_result": isAnswered ? "1s" : "10s"],
            meanwhile: { _, store in
                let told = try run(["/usr/bin/env", "python3", "-c", AdoptionTests.misread, store.path])
                #expect(told.status == 0, "\(told.errors)")
            },
            until: { detail in
                let answer = detail.messages.first { $0.role == .assistant }
                return isAnswered ? answer?.status == .completed : (answer?.content.utf8.count ?? 0) > 50
            }
        ) { workshop, store, detail, events in
            let lines = isAnswered ? "[[fake: --lines 9]] x" : "[[fake: --lines 60 --tool-calls 1]] x"
            let undisturbed = try workshop.ask(try workshop.request(lines), in: store)
            func answer(_ detail: RunDetail) -> MessageRow? { detail.messages.first { $0.role == .assistant } }
            #expect(answer(detail)?.status == .completed)
            #expect(answer(detail)?.content == answer(undisturbed)?.content)
            #expect(answer(detail)?.usage == answer(undisturbed)?.usage)
            let (session, other) = (detail.sessions[0], undisturbed.sessions[0])
            #expect(session.state == .completed)
            #expect(session.dialectVersion == other.dialectVersion)
            #expect(session.usage == other.usage)
            let blocks = try store.read { try $0.blocks(session: session.id) }
            #expect(blocks.map(\.text) == (try store.read { try $0.blocks(session: other.id) }).map(\.text))
            #expect(try store.read { try $0.usage(session: session.id) }.map(\.model) == ["fake-1"])
            // The log keeps what was said, takes it back, and says it again.
            let reset = try #require(events.first { $0.type == .textReset })
            let said = events.filter { $0.type == .textDelta && $0.session == session.id }
            #expect(said.contains { $0.sequence < reset.sequence } && said.contains { $0.sequence > reset.sequence })
            #expect(events.contains { $0.data.contains("reread_after_version") })
            let audit = try run([
                "/usr/bin/env", "python3", Repository.path("Tests/audit.py"), "--db", store.path, "--state",
                workshop.folder.file("state") + "/tutti",
            ])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
        }
    }

    @Test func `a session of which nothing was recorded yet is this version's from its first byte`() async throws {
        try await adopted(
            "[[fake: --lines 3 --first-delay 1500]] x",
            meanwhile: { _, store in
                let older = """
                    import sqlite3, sys
                    db = sqlite3.connect(sys.argv[1])
                    db.execute("update sessions set dialect_version = 0")
                    db.commit()
                    """
                let told = try run(["/usr/bin/env", "python3", "-c", older, store.path])
                #expect(told.status == 0, "\(told.errors)")
            },
            until: { $0.sessions.first?.host != nil }
        ) { _, _, detail, events in
            #expect(detail.sessions.map(\.state) == [.completed])
            #expect(detail.sessions[0].dialectVersion > 0)
            #expect(!events.contains { $0.data.contains("reread_after_version") })
        }
    }

    @Test func `a recording that cannot be read again keeps nothing else from being taken over`() async throws {
        try await adopted(
            "[[fake: --lines 60 --rate 100]] x", modules: 2, flags: ["retry.attempts": "1"],
            meanwhile: { _, store in
                let told = try run(["/usr/bin/env", "python3", "-c", AdoptionTests.misread, store.path])
                #expect(told.status == 0, "\(told.errors)")
                let folder = try #require(try store.read { try $0.sessions() }.first { $0.module == "a" }).folder
                #expect(rename(folder + "/spool.jsonl", folder + "/elsewhere") == 0)
                #expect(symlink("elsewhere", folder + "/spool.jsonl") == 0)
            },
            until: { detail in
                let answers = detail.messages.filter { $0.role == .assistant }
                return answers.count == 2 && answers.allSatisfy { $0.content.utf8.count > 50 }
            }
        ) { _, _, detail, events in
            let bad = try #require(detail.sessions.first { $0.module == "a" })
            let good = try #require(detail.sessions.first { $0.module == "b" })
            #expect(good.state == .completed)
            #expect(good.dialectVersion > 0)
            #expect(bad.failureClass == .spoolTruncated)
            let told = events.filter { $0.type == .status && $0.data.contains("cannot be made again") }
            #expect(told.map(\.session) == [bad.id])
            let answer = detail.messages.first { $0.session == good.id }
            #expect(answer?.content.contains("misread") == false)
        }
    }

    @Test func `what this version had recorded, or cannot be read again, is left as it is`() async throws {
        for isGone in [false, true] {
            try await adopted(
                "[[fake: --lines 9 --hang 5]] x", flags: ["timeout.idle": "1s", "retry.attempts": "1"],
                meanwhile: { _, store in
                    guard isGone else { return }
                    let told = try run(["/usr/bin/env", "python3", "-c", AdoptionTests.misread, store.path])
                    #expect(told.status == 0, "\(told.errors)")
                    let folder = try #require(try store.read { try $0.sessions().first }).folder
                    chmod(folder + "/spool.jsonl", 0o600)
                    #expect(truncate(folder + "/spool.jsonl", 10) == 0)
                },
                until: { ($0.messages.first { $0.role == .assistant }?.content.utf8.count ?? 0) > 30 }
            ) { _, _, detail, events in
                #expect(!events.contains { $0.type == .textReset })
                let answer = detail.messages.first { $0.role == .assistant }
                #expect(answer?.content.contains("line 5") == true)
                #expect(answer?.content.contains("misread") == isGone)
                #expect(detail.sessions[0].failureClass == (isGone ? .spoolTruncated : .idleTimeout))
            }
        }
    }
}

/// The files of the repository that these tests belong to.
enum Repository {
    /// The path of `name`, which counts from the repository's root.
    static func path(_ name: String, from file: String = #filePath) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + name
    }
}
