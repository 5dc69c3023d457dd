import Model
import Sessions
import TestSupport
import Testing

/// T27: every kind of waiting too long has its own name.
@Suite struct WatchdogTests {
    @Test func `no first byte in time`() async throws {
        try await onStage { stage in
            let limits = SessionLimits(firstByte: .milliseconds(300))
            let end = try await stage.run(stage.plan(["--hang", "start"], limits: limits))
            #expect(end.outcome.failure == Failure(.firstByteTimeout, "the provider printed nothing within 0.3 s"))
        }
    }

    @Test func `silence after the first byte`() async throws {
        try await onStage { stage in
            let limits = SessionLimits(idle: .milliseconds(300))
            let end = try await stage.run(stage.plan(["--lines", "5", "--hang", "2"], limits: limits))
            #expect(end.outcome.failure == Failure(.idleTimeout, "the provider printed nothing for 0.3 s"))
            #expect(end.outcome.text == "line 1\nline 2\n")
        }
    }

    @Test func `too long in all, however busy`() async throws {
        try await onStage { stage in
            let limits = SessionLimits(idle: .seconds(5), total: .milliseconds(500))
            let end = try await stage.run(stage.plan(["--lines", "100000", "--rate", "100"], limits: limits))
            #expect(end.outcome.failure == Failure(.totalTimeout, "the session was still running after 0.5 s"))
        }
    }

    @Test func `a host that does not come up`() async throws {
        try await onStage { stage in
            let host = try stage.folder.write("#!/bin/sh\nexec sleep 1000\n", to: "deaf-host", executable: true)
            let limits = SessionLimits(startup: .milliseconds(300))
            let plan = stage.plan(limits: limits, host: host)
            let end = try await stage.run(plan)
            #expect(
                end.outcome.failure
                    == Failure(.startTimeout, "the host did not start the provider within 0.3 s"))
            #expect(ProcessTable.waitUntilGone(marked: "TUTTI_SESSION=\(plan.id)").isEmpty)
        }
    }

    @Test func `a provider that retries what cannot heal is ended early`() async throws {
        try await onStage { stage in
            let retry =
                #"{"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,"retry_delay_ms":600,"#
                + #""error_status":401,"error":"authentication_failed","session_id":"s","uuid":"u"}"#
            let script = "printf '%s\\n' '\(retry)'; exec sleep 1000"
            let end = try await stage.run(stage.plan(argv: ["/bin/sh", "-c", script]))
            #expect(end.outcome.state == .failed)
            #expect(end.outcome.failure?.class == .auth)
            #expect(end.outcome.failure?.httpStatus == 401)
        }
    }

    @Test func `a tool may be silent for longer than a model`() async throws {
        try await onStage { stage in
            let call =
                #"{"type":"assistant","message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t","#
                + #""name":"Bash","input":{}}],"usage":{}},"session_id":"s","uuid":"u","parent_tool_use_id":null}"#
            let script = "printf '%s\\n' '\(call)'; exec sleep 1000"
            let limits = SessionLimits(idle: .milliseconds(100), toolIdle: .milliseconds(700))
            let end = try await stage.run(stage.plan(limits: limits, argv: ["/bin/sh", "-c", script]))
            #expect(end.outcome.failure == Failure(.idleTimeout, "a tool ran for 0.7 s without any output"))
        }
    }
}
