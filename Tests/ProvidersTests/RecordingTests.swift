import Foundation
import Model
import Providers
import TestSupport
import Testing

@Suite struct RecordingTests {
    @Test func `every recording is there`() { #expect(Recordings.all.count == 247) }

    @Test(arguments: Recordings.all)
    func `a recording means what the second opinion says`(_ recording: TestRecording) throws {
        let definition = ProviderDefinition.builtIn(recording.kind)
        let parsed = ParsedRecording(
            recording.bytes, of: definition, status: recording.status, signal: recording.signal,
            stderr: recording.stderr)
        let golden = try #require(Recordings.golden[recording.description])
        #expect(parsed.outcome.state.rawValue == golden["state"]?.string)
        #expect(parsed.outcome.failure?.class.rawValue == golden["class"]?.string, "\(parsed.json.text)")
        #expect(parsed.outcome.text == golden["text"]?.string)
        let tools = try #require(golden["tools"]?.array)
        #expect(parsed.tools.map(\.id) == tools.map { $0["id"]?.string })
        #expect(parsed.tools.map(\.name) == tools.map { $0["name"]?.string })
        #expect(parsed.tools.map(\.isError) == tools.map { $0["is_error"]?.bool })
        let usage = try #require(golden["usage"]?.object)
        #expect(Set(parsed.usage.map { $0.model ?? "" }) == Set(usage.members.map(\.key)))
        for entry in parsed.usage {
            let counts = try #require(usage[entry.model ?? ""])
            #expect(entry.usage.input == counts["input"]?.integer)
            #expect(entry.usage.cacheRead == counts["cache_read"]?.integer)
            #expect(entry.usage.cacheWrite == counts["cache_write"]?.integer)
            #expect(entry.usage.output == counts["output"]?.integer)
            #expect(entry.usage.cost?.nanos == counts["cost_nanos"]?.integer)
        }
        if parsed.outcome.state != .completed { #expect(parsed.outcome.failure?.message.isEmpty == false) }
    }

    @Test(arguments: Recordings.all)
    func `the events are the same however the bytes are cut`(_ recording: TestRecording) {
        let definition = ProviderDefinition.builtIn(recording.kind)
        let whole = read(recording.bytes, as: definition, ending: recording.ending)
        for chunk in [1, 7, 4096] {
            let cut = read(recording.bytes, as: definition, chunk: chunk, ending: recording.ending)
            #expect(cut.events == whole.events, "chunks of \(chunk)")
            #expect(cut.outcome == whole.outcome, "chunks of \(chunk)")
        }
    }

    @Test(arguments: Recordings.all)
    func `a reader that starts again after every tenth line gives the same events`(_ recording: TestRecording) {
        let definition = ProviderDefinition.builtIn(recording.kind)
        let whole = read(recording.bytes, as: definition, ending: recording.ending)
        var kept: [SpoolEvent] = []
        var offset: Int64 = 0
        var outcome: Outcome?
        var stop = 10
        while outcome == nil {
            // A new reader begins at byte 0; what its predecessor has recorded is left out.
            var stream = definition.makeStream()
            var events: [SpoolEvent] = []
            let limit = end(ofLine: stop, in: recording.bytes)
            recording.bytes[..<limit].withUnsafeBytes { stream.consume($0, into: &events) }
            if limit == recording.bytes.count {
                let consumed = events.count
                outcome = stream.finish(recording.ending, into: &events)
                kept += events[..<consumed].filter { $0.end > offset } + events[consumed...]
            } else {
                kept += events.filter { $0.end > offset }
                offset = stream.offset
            }
            stop += 10
        }
        #expect(kept == whole.events)
        #expect(outcome == whole.outcome)
    }

    private func end(ofLine number: Int, in bytes: [UInt8]) -> Int {
        var seen = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            seen += 1
            if seen == number { return index + 1 }
        }
        return bytes.count
    }

    @Test(arguments: Recordings.all)
    func `streamed text that was not taken back is the text of its block`(_ recording: TestRecording) {
        let parsed = ParsedRecording(
            recording.bytes, of: .builtIn(recording.kind), status: recording.status, signal: recording.signal)
        var streamed: [BlockKey: String] = [:]
        for event in parsed.events {
            switch event.event {
            case .textDelta(let key, let text): streamed[key, default: ""] += text
            case .textReset(let key): streamed[key] = nil
            case .textBlock(let key, let text):
                if let said = streamed[key] { #expect(said == text) }
            default: break
            }
        }
    }

    @Test(arguments: Recordings.all)
    func `whoever joins blocks by their keys gets the text of the verdict`(_ recording: TestRecording) {
        let parsed = ParsedRecording(
            recording.bytes, of: .builtIn(recording.kind), status: recording.status, signal: recording.signal)
        var blocks: [(key: BlockKey, text: String)] = []
        var turn = 0
        for event in parsed.events {
            switch event.event {
            case .turnStarted(let number): turn = number
            case .textDelta(let key, let text) where turn == 0:
                if let index = blocks.firstIndex(where: { $0.key == key }) {
                    blocks[index].text += text
                } else {
                    blocks.append((key, text))
                }
            case .textReset(let key): blocks.removeAll { $0.key == key }
            case .textBlock(let key, let text) where turn == 0:
                if let index = blocks.firstIndex(where: { $0.key == key }) {
                    blocks[index].text = text
                } else {
                    blocks.append((key, text))
                }
            default: break
            }
        }
        var text = ""
        var message: String?
        for block in blocks where !block.text.isEmpty {
            if let message, message != block.key.message { text += "\n\n" }
            text += block.text
            message = block.key.message
        }
        #expect(text == parsed.outcome.text)
    }

    @Test func `no recording has a line that its dialect does not know`() {
        for recording in Recordings.all where recording.description != "codex/no_json" {
            let parsed = ParsedRecording(
                recording.bytes, of: .builtIn(recording.kind), status: recording.status, signal: recording.signal)
            #expect(parsed.rawCount == 0, "\(recording)")
        }
    }

    @Test func `the second opinion still says what the golden file says`() async throws {
        let folder = Recordings.folder.path
        let oracle = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../oracle.py").path
        let result = try await onOwnThread {
            try run(["python3", oracle, folder, "--check", folder + "/golden.json"])
        }
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
