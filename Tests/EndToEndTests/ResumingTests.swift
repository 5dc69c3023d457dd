import Foundation
import Glibc
import TestSupport
import Testing

/// An attempt that goes on with the provider's own session of the one before it.
@Suite struct ResumingTests {
    /// Settings that try again.
    private static func settings(attempts: Int = 3, delay: String = "10ms") -> String {
        """
        version: 1
        retry: { attempts: \(attempts), delay: \(delay) }
        modules: { api: { path: api } }
        """
    }

    private func arguments(_ dump: String) throws -> [String] {
        try String(contentsOfFile: dump, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("arg ") }.map {
            String($0.dropFirst(4))
        }
    }

    /// Questions whose first attempt breaks in the middle of its answer, and whose others tell how they were started.
    private func question(_ t: Scene, _ more: String = "") -> String {
        "what is here? [[fake: --counter \(t.folder.file("count"))]] [[fake #1: --cut 2 --exit 3]] "
            + "[[fake #2: --dump \(t.folder.file("second"))]] [[fake #3: --dump \(t.folder.file("third"))]] \(more)"
    }

    @Test func `an attempt that broke is gone on with in its session, and the whole question is asked again`()
        async throws
    {
        try await Scene.with(["api"]) { t in
            try t.folder.write(Self.settings(), to: "project/tutti.yaml")
            let result = try t.tutti("ask", question(t), "api")
            #expect(result.status == 0 && result.output == "line 1\nline 2\nline 3\n", "\(result.errors)")
            let sessions = try Outside.query(t.store, "select state, provider_session from sessions order by row").list
            #expect(sessions.map { $0[0].text } == ["failed", "completed"])
            let session = try required(sessions[0][1])
            #expect(sessions[1][1].text == session)
            let words = try arguments(t.folder.file("second"))
            #expect(
                words.contains("--resume=\(session)") && !words.contains { $0.hasPrefix("--session-id") }, "\(words)")
            // The conversation that people read has the question once, in their words.
            let asked = try Outside.query(t.store, "select content from messages where role = 'user'").list
            #expect(asked.count == 1 && asked[0][0].text?.hasPrefix("what is here?") == true)
            let events = try t.tutti("events", "--type", "session.queued", "--json").output
            #expect(events.contains("\"resumes\":\"\(session)\""), "\(events)")
            #expect(!events.split(separator: "\n")[0].contains("resumes"))
        }
    }

    @Test func `a session that breaks a second time is left, and the last attempt begins anew`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(Self.settings(), to: "project/tutti.yaml")
            let result = try t.tutti("ask", question(t, "[[fake #2: --cut 1 --exit 3]]"), "api")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try arguments(t.folder.file("second")).contains { $0.hasPrefix("--resume=") })
            #expect(try !arguments(t.folder.file("third")).contains { $0.hasPrefix("--resume=") })
        }
    }

    @Test func `a provider that keeps no sessions begins anew`() async throws {
        try await Scene.with(["api"]) { t in
            let forgetful =
                "providers: { forgetful: { extends: told, args: [--format, claude, --no-session-persistence] } }\n"
            try t.folder.write(Self.settings() + "\n" + forgetful, to: "project/tutti.yaml")
            #expect(try t.tutti("trust", "--yes").status == 0)
            let result = try t.tutti("ask", question(t), "api", "--provider", "forgetful")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try !arguments(t.folder.file("second")).contains { $0.hasPrefix("--resume=") })
        }
    }

    @Test func `what codex states over its whole thread is counted once`() async throws {
        try await Scene.with(["api"]) { t in
            let codex =
                "providers: { thread: { extends: codex, command: [\(Products.fakeProvider)], args: [--format, codex] } }\n"
            try t.folder.write(Self.settings() + "\n" + codex, to: "project/tutti.yaml")
            #expect(try t.tutti("trust", "--yes").status == 0)
            let result = try t.tutti("ask", question(t), "api", "--provider", "thread")
            #expect(result.status == 0, "\(result.errors)")
            let sessions = try Outside.query(t.store, "select state, provider_session from sessions order by row").list
            let session = try required(sessions[0][1])
            let words = try arguments(t.folder.file("second"))
            let place = words.firstIndex(of: "resume") ?? -1
            #expect(place >= 0 && words[place + 1] == session && words.last == "-", "\(words)")
            let usage = try Outside.query(t.store, "select sum(input + cache_read), sum(output) from usage")
            #expect(usage[0][0].number == 2400 && usage[0][1].number == 100)
        }
    }

    @Test func `what an attempt of claude used that was ended before its result is counted by the next`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(Self.settings(), to: "project/tutti.yaml")
            // Its sum is that of both processes, and its increment that of its own.
            let (all, own) = (
                #"{"m":{"inputTokens":2000,"outputTokens":24,"costUSD":0.008560000000000002}}"#,
                #"{"m":{"inputTokens":1000,"outputTokens":1,"costUSD":0.00406}}"#
            )
            let lines = """
                {"type":"system","subtype":"init","session_id":"8a1f0c7e-0000-4000-8000-000000000001","model":"m","tools":[]}
                {"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,\
                "result":"Resumed","result_index":0,"modelUsage":\(all),"model_usage_since_last_result":\(own)}

                """
            try t.folder.write(lines, to: "resumed.jsonl")
            let answer = "[[fake #2: --payload \(t.folder.file("resumed.jsonl"))]]"
            let result = try t.tutti("ask", question(t, answer), "api")
            #expect(result.status == 0, "\(result.errors)")
            let usage = try Outside.query(t.store, "select sum(cost_nanos) from usage")
            #expect(usage[0][0].number == 8_560_000)
        }
    }

    @Test func `the session is known to whoever takes the run over, and not after a person asks again`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(Self.settings(attempts: 2, delay: "2s"), to: "project/tutti.yaml")
            let ask = try t.start("ask", question(t, "[[fake #2: --outcome 529]]"), "api")
            try Outside.until(t.store, "select 1 from jobs where state = 'waiting'")
            ask.signal(SIGKILL)
            try ask.wait()
            try Outside.until(t.store, "select 1 from runs where state = 'failed'")
            let first = try Outside.query(t.store, "select provider_session from sessions order by row")[0][0]
            #expect(try arguments(t.folder.file("second")).contains("--resume=\(try required(first))"))
            #expect(try t.tutti("retry", "@last").status == 0)
            #expect(try !arguments(t.folder.file("third")).contains { $0.hasPrefix("--resume=") })
        }
    }

    @Test func `a session that its provider's time parked is gone on with by whoever takes the run over`() async throws
    {
        try await Scene.with(["api"]) { t in
            try t.folder.write(Self.settings(attempts: 1), to: "project/tutti.yaml")
            let session = "8a1f0c7e-0000-4000-8000-000000000002"
            // The limit ends two seconds after the line was written.
            let lines = HostileNumbers.rejected(resetsAt: "1795237576", written: "2026-11-21T05:06:14.000Z")
                .replacing(#""session_id":"s""#, with: #""session_id":"\#(session)""#)
            try t.folder.write(lines, to: "quota.jsonl")
            let quota = "[[fake #1: --payload \(t.folder.file("quota.jsonl")) --exit 1]]"
            let question =
                "x [[fake: --counter \(t.folder.file("count"))]] \(quota) [[fake #2: --dump \(t.folder.file("second"))]]"
            let ask = try t.start("ask", question, "api")
            try Outside.until(t.store, "select 1 from jobs where state = 'parked'")
            ask.signal(SIGKILL)
            try ask.wait()
            try Outside.until(t.store, "select 1 from runs where state = 'completed'")
            #expect(try arguments(t.folder.file("second")).contains("--resume=\(session)"))
        }
    }

    @Test(arguments: ["claude", "codex"])
    func `where the provider has lost the session, the question is asked anew and no attempt is spent`(
        _ kind: String
    ) async throws {
        try await Scene.with(["api"]) { t in
            let derived =
                "providers: { lost: { extends: \(kind), command: [\(Products.fakeProvider)], args: [--format, \(kind)] } }\n"
            try t.folder.write(Self.settings(attempts: 2) + "\n" + derived, to: "project/tutti.yaml")
            #expect(try t.tutti("trust", "--yes").status == 0)
            // As both of them say it.
            let line =
                #"{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"session_id":"x","#
                + #""errors":["No conversation found with session ID: x"]}"# + "\n"
            try Data((kind == "claude" ? line : "").utf8).write(to: URL(filePath: t.folder.file("answer")))
            let refusal = "[[fake #2: --payload \(t.folder.file("answer")) --stderr 'no rollout found' --exit 1]]"
            let result = try t.tutti("ask", question(t, refusal), "api", "--provider", "lost")
            #expect(result.status == 0, "\(result.errors)")
            let words = try arguments(t.folder.file("third"))
            #expect(!words.contains { $0.hasPrefix("--resume") || $0 == "resume" }, "\(words)")
            let sessions = try Outside.query(t.store, "select attempt, failure_class from sessions order by row").list
            #expect(sessions.map { $0[0].number } == [1, 2, 2])
            #expect(sessions[1][1].text == "never_started")
        }
    }
}
