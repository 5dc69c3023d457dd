import Foundation
import Model
import Providers
import StreamJSON

/// One recorded run of a real program.
struct TestRecording: Sendable, CustomStringConvertible {
    let kind: ProviderKind
    let name: String
    let bytes: [UInt8]
    let status: Int32?
    let signal: Int32?
    let stderr: String

    var description: String { "\(kind.rawValue)/\(name)" }
    var ending: Ending {
        ParsedRecording.ending(status: status, signal: signal, length: bytes.count, stderr: stderr)
    }
}

/// The recorded runs, and what they must mean.
enum Recordings {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static let all: [TestRecording] = [ProviderKind.claude, .codex].flatMap { kind in
        let folder = folder.appending(path: kind.rawValue)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".jsonl") }.sorted().map { file in
            read(kind, String(file.dropLast(6)), in: folder)
        }
    }

    static func named(_ kind: ProviderKind, _ name: String) -> TestRecording {
        read(kind, name, in: folder.appending(path: kind.rawValue))
    }

    private static func read(_ kind: ProviderKind, _ name: String, in folder: URL) -> TestRecording {
        let bytes = (try? Data(contentsOf: folder.appending(path: name + ".jsonl"))).map { [UInt8]($0) } ?? []
        let meta = json(folder.appending(path: name + ".meta.json"))
        let signals: [String: Int32] = ["SIGHUP": 1, "SIGINT": 2, "SIGKILL": 9, "SIGTERM": 15]
        return TestRecording(
            kind: kind, name: name, bytes: bytes, status: meta["exit"]?.integer.map { Int32($0) },
            signal: meta["signal"]?.string.flatMap { signals[$0] }, stderr: meta["stderr"]?.string ?? "")
    }

    /// What the second opinion says of every recording.
    static let golden = json(folder.appending(path: "golden.json"))

    private static func json(_ file: URL) -> JSONValue {
        guard let data = try? Data(contentsOf: file), let value = try? JSONValue(parsing: [UInt8](data)) else {
            preconditionFailure("no JSON in \(file.path)")
        }
        return value
    }
}

/// The events and the verdict of `bytes`, given in pieces of `chunk` bytes.
func read(
    _ bytes: [UInt8], as definition: ProviderDefinition, chunk: Int = .max, ending: Ending
) -> (events: [SpoolEvent], outcome: Outcome) {
    var stream = definition.makeStream()
    var events: [SpoolEvent] = []
    bytes.withUnsafeBytes { whole in
        var position = 0
        while position < whole.count {
            let end = chunk > whole.count - position ? whole.count : position + chunk
            stream.consume(UnsafeRawBufferPointer(rebasing: whole[position..<end]), into: &events)
            position = end
        }
    }
    let outcome = stream.finish(ending, into: &events)
    return (events, outcome)
}

/// An ending with this exit status or signal.
func ended(_ status: Int32?, signal: Int32? = nil, stderr: String = "") -> Ending {
    ParsedRecording.ending(status: status, signal: signal, length: 0, stderr: stderr)
}
