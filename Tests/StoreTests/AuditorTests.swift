import Foundation
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `The auditor` {
    let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    private static let script: String = {
        let file = URL(fileURLWithPath: #filePath)
        return file.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("audit.py").path
    }()

    /// The lines that `claude` prints for an answer of one block.
    private func claudeLines(_ text: String) -> String {
        let quoted = JSONValue.string(text).text
        return """
            {"type":"system","subtype":"init","tools":[]}
            {"type":"assistant","message":{"id":"m1","content":[{"type":"text","text":\(quoted)}]}}
            {"type":"result","subtype":"success","is_error":false,"num_turns":1,"terminal_reason":"completed","result":\(quoted),"result_index":0,"model_usage_since_last_result":{"opus":{"inputTokens":10,"cacheReadInputTokens":0,"cacheCreationInputTokens":0,"outputTokens":5,"costUSD":0.001}}}

            """
    }

    private func write(_ spool: String, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(spool.utf8).write(to: URL(fileURLWithPath: folder + "/spool.jsonl"))
    }

    /// Writes one finished question with its spool, as a sound coordinator leaves it; the first attempt failed.
    private func writeSoundStore(effects: String) async throws {
        let question = try fixture.ask()
        let folder = fixture.folder + "/session"
        let text = "line 1\nline 2\n"
        try write(claudeLines(text), to: folder)
        try write(#"{"type":"system","subtype":"init","tools":[]}"# + "\n", to: question.folder)
        let time = StoreFixture.time
        let second = SessionDraft(
            job: question.job, attempt: 2, provider: "claude", workingDirectory: "/tmp", folder: folder,
            owner: question.fence.coordinator, createdAt: time)
        try await fixture.store.write(.full) { writer in
            let failure = Failure(.crash, "it fell")
            try writer.endSession(question.session, Outcome(state: .failed, failure: failure), exit: nil, at: time)
            try writer.restartMessage(question.message)
            try writer.insert(second)
        }
        let block = BlockKey(message: "m1", index: 0)
        var slice = RecordedSlice(session: second.id, fence: question.fence, offset: 10)
        slice.append(.textDelta(block, text), end: 5, at: time)
        slice.append(.textBlock(block, text), end: 6, at: time)
        let counts = Usage(input: 10, output: 5, cost: Money(nanos: 1_000_000))
        slice.append(.usage(UsageReport(increments: [ModelUsage(model: "opus", usage: counts)])), end: 10, at: time)
        fixture.store.record(slice)
        try await fixture.store.write(.full) { writer in
            try writer.endSession(second.id, Outcome(state: .completed), exit: nil, at: time)
            try writer.completeMessage(question.message, .completed, content: text, at: time)
            try writer.setJob(question.job, .completed, at: time)
            try writer.setRun(question.run, .completed, exit: 0, at: time)
        }
        let digest = String(fnv1a(text.utf8), radix: 16)
        let lines = "start \(question.session) 1 1\nstart \(second.id) 2 2\ndone \(second.id) 2 2 2 \(digest)\n"
        try Data(lines.utf8).write(to: URL(fileURLWithPath: effects))
    }

    @Test func `every planted fault turns its number, and a sound store has none`() async throws {
        let effects = fixture.folder + "/effects"
        try await writeSoundStore(effects: effects)
        fixture.lock.release()
        let arguments = ["--db", fixture.path, "--state", fixture.folder + "/state", "--effects", effects]
        try await onOwnThread {
            let audit = try ChildProcess(["python3", Self.script] + arguments)
            let ending = try audit.wait()
            #expect(
                audit.outputText
                    == "jobs 1 lost 0 duplicated 0 unexpected 0 recovered 0; integrity ok; status wrong 0; orphans 0\n")
            #expect(ending.status == 0, "\(audit.errorText)")
            let test = try ChildProcess(["python3", Self.script] + arguments + ["--self-test"])
            let result = try test.wait()
            #expect(result.status == 0, "\(test.outputText)\(test.errorText)")
        }
    }
}
