import Model
import Providers
import Testing

/// What the watchdogs are told while a stream grows.
@Suite struct StandingTests {
    private func standings(_ kind: ProviderKind, _ lines: [String]) -> [Standing] {
        var stream = ProviderDefinition.builtIn(kind).makeStream()
        var events: [SpoolEvent] = []
        return lines.map { line in
            Array((line + "\n").utf8).withUnsafeBytes { stream.consume($0, into: &events) }
            return stream.standing
        }
    }

    private func recorded(_ kind: ProviderKind, _ name: String) -> [Standing] {
        let text = String(decoding: Recordings.named(kind, name).bytes, as: UTF8.self)
        return standings(kind, text.split(separator: "\n").map(String.init))
    }

    @Test func `nothing printed yet is known, and half a line is a first byte`() {
        var stream = ProviderDefinition.builtIn(.claude).makeStream()
        #expect(!stream.standing.firstByte)
        var events: [SpoolEvent] = []
        Array("{".utf8).withUnsafeBytes { stream.consume($0, into: &events) }
        #expect(stream.standing.firstByte)
    }

    @Test func `a tool that runs makes silence legitimate, until it has ended`() {
        let standings = recorded(.claude, "tool_bash")
        #expect(standings.contains { $0.quiet == .tool })
        #expect(standings.last?.quiet == nil)
        #expect(standings.last?.wholeSuccess == true)
        #expect(recorded(.codex, "sigkill_tool").last?.quiet == .tool)
    }

    @Test func `a retry says how long it waits, and refused credentials are hopeless at once`() {
        let standings = recorded(.claude, "e401")
        #expect(standings.first { $0.quiet != nil }?.quiet == .retry(seconds: 0.543))
        #expect(standings.first { $0.hopeless != nil }?.hopeless?.class == .auth)
        #expect(standings.last?.hopeless == nil)
        #expect(recorded(.claude, "e500_forever").allSatisfy { $0.hopeless == nil })
    }

    @Test func `waiting for a network without end is hopeless`() {
        #expect(recorded(.codex, "connection_refused").last?.hopeless?.class == .network)
        #expect(recorded(.codex, "e429_times2").last?.hopeless == nil)
    }

    @Test func `an open question waits for a person, and its answer ends the waiting`() {
        let standings = recorded(.claude, "permission_allow")
        #expect(standings.contains { $0.quiet == .question })
        #expect(standings.last?.quiet == nil)
        #expect(recorded(.claude, "permission_unanswered_interrupt").last?.quiet == nil)
    }

    @Test func `after the result, background tasks are still waited for`() {
        let standings = recorded(.claude, "bash_background_stdin")
        let waiting = standings.filter { $0.resultSeen && $0.openTasks == 1 }
        #expect(!waiting.isEmpty)
        #expect(waiting.allSatisfy { $0.quiet == .background && $0.wholeSuccess })
        #expect(standings.last?.openTasks == 0)
    }

    @Test func `an early end of hopeless retries has their class`() {
        let recording = Recordings.named(.claude, "e401")
        let lines = recording.bytes.split(separator: 0x0A).prefix(4).joined(separator: [0x0A])
        var ending = ended(nil, signal: 15)
        ending.cause = .auth
        let outcome = read(Array(lines) + [0x0A], as: .builtIn(.claude), ending: ending).outcome
        #expect(outcome.state == .failed)
        #expect(outcome.failure?.class == .auth)
    }
}
