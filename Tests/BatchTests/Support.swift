import Glibc
import Model
import Settings
import TestSupport

@testable import Batch

/// A batch's folder in memory.
struct MemoryFolder: BatchFolder {
    var files: [String: String] = [:]

    func read(_ path: String, limit: Int) throws(BatchFolderError) -> [UInt8] {
        guard let text = files[path] else { throw BatchFolderError("\(path): No such file or directory") }
        guard text.utf8.count <= limit else { throw BatchFolderError("\(path): it has more than \(limit) bytes") }
        return Array(text.utf8)
    }

    func digest(_ path: String, limit: Int) throws(BatchFolderError) -> String {
        SHA256.hex(try read(path, limit: limit))
    }

    func match(_ pattern: GlobPattern, limit: Int) throws(BatchFolderError) -> [String] {
        var paths = Set(files.keys)
        for path in files.keys {
            let parts = path.split(separator: "/")
            for count in 1..<max(1, parts.count) { paths.insert(parts[..<count].joined(separator: "/") + "/") }
        }
        return paths.filter { path in
            let parts = path.split(separator: "/").map(String.init)
            let fits =
                parts.count == pattern.parts.count && zip(pattern.parts, parts).allSatisfy { GlobPattern.fits($0, $1) }
            return fits && (path.hasSuffix("/") || !pattern.foldersOnly)
        }.sorted()
    }

    func checkInside(_ path: String) throws(BatchFolderError) {}

    func place(of path: String) -> (path: String, target: String?)? {
        let path = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return (path, files[path] == nil ? nil : path)
    }
}

/// Reads `text` as the batch file `f`.
func read(_ text: String) throws -> BatchFile { try BatchFile.read(Array(text.utf8), path: "f") }

/// Plans `text` as the batch file `f` in a folder of these files.
func plan(
    _ text: String, set given: [(name: String, text: String)] = [], files: [String: String] = [:],
    options: PlanOptions = PlanOptions()
) throws -> BatchPlan {
    let file = try read(text)
    return try BatchPlan.make(
        file, inputs: try file.inputValues(given: given), folder: MemoryFolder(files: files), displayFolder: "/b",
        options: options)
}

/// The outcome of a job without a matrix that succeeded.
func success(_ job: String, text: String = "", result: JSONValue? = nil, outputs: JSONObject = [:]) -> JobOutcome {
    JobOutcome(
        rows: [.init(key: job, address: "1", status: .success, text: text, result: result, outputs: outputs)],
        hasMatrix: false)
}

/// The outcome of a job without a matrix that failed.
func failure(_ job: String) -> JobOutcome {
    JobOutcome(rows: [.init(key: job, address: "1", status: .failure)], hasMatrix: false)
}

/// The text of a question that is ready.
func question(_ job: ReadyJob) -> String? { if case .prompt(let text) = job.work { text } else { nil } }

/// Makes a link at `place` that leads to `target`.
func link(_ target: String, _ place: String) throws {
    guard symlink(target, place) == 0 else { throw TestFailure(errno: errno, "symlink \(place)") }
}
