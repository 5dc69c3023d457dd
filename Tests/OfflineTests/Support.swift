import Foundation
import Testing

@testable import Offline

/// Keeps what is written, and can stop listening after so many lines.
final class MemorySink: LineSink {
    private(set) var bytes: [UInt8] = []
    var limit = Int.max
    /// Called before each write.
    var onWrite: () -> Void = {}

    func write(_ more: [UInt8]) -> Bool {
        onWrite()
        guard limit > 0 else { return false }
        limit -= 1
        bytes += more
        return true
    }

    /// The lines as JSON objects; a line that is none is recorded as an issue.
    var objects: [[String: Any]] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if object == nil { Issue.record("no JSON object: \(line)") }
            return object
        }
    }

    /// The texts of `key` in the lines of `type`, one after the other.
    func texts(_ type: String, _ key: String) -> [String] {
        objects.filter { $0["type"] as? String == type }.compactMap { $0[key] as? String }
    }

    var types: [String] { objects.compactMap { $0["type"] as? String } }
}

/// A clock that jumps to every moment that is waited for.
final class FakePace: Pace {
    private(set) var now = Duration.zero
    private(set) var moments: [Duration] = []

    func wait(until moment: Duration) {
        now = max(now, moment)
        moments.append(moment)
    }
}

/// The sample project that is brought along.
let demo = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Config/demo"
