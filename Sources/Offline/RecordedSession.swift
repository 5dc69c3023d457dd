import Foundation
import Model

/// A recording on disk: the file with the bytes, when each part of it came, and how it ended.
///
/// Beside `NAME.jsonl` may lie `NAME.meta.json` (`line_t_ms`, `exit_code`, `term_signal`, `stderr`); beside the
/// `spool.jsonl` of a session's folder `timing.json` (`[[offset, ms], …]`) and `exit.json` (`status`, `signal`).
struct RecordedSession: Sendable, Hashable {
    /// How a recorded process ended.
    enum End: Sendable, Hashable {
        case status(Int32)
        case signal(Int32)
    }

    /// When bytes came.
    enum Timing: Sendable, Hashable {
        /// Milliseconds since the start at which each line was there.
        case lines([Double])
        /// Up to which offset the bytes were there so many milliseconds after the start.
        case offsets([(offset: Int, milliseconds: Double)])
        /// Nobody wrote it down: lines come at an even pace.
        case even(Duration)

        static func == (left: Timing, right: Timing) -> Bool { "\(left)" == "\(right)" }
        func hash(into hasher: inout Hasher) { hasher.combine("\(self)") }
    }

    var file: String
    var timing: Timing
    var end: End
    var stderr: String

    /// The recording at `path`: a file, or a folder with one in it; nil when there is none.
    init?(_ path: String) {
        var file = path
        if RecordedSession.isFolder(path) {
            guard
                let inside = ["spool.jsonl", "stdout.jsonl"].map({ path + "/" + $0 }).first(
                    where: RecordedSession.isFile)
            else { return nil }
            file = inside
        }
        guard RecordedSession.isFile(file) else { return nil }
        self.file = file
        let base = file.hasSuffix(".jsonl") ? String(file.dropLast(6)) : file
        let folder = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : "."
        let meta =
            RecordedSession.decode(Meta.self, base + ".meta.json")
            ?? RecordedSession.decode(Meta.self, folder + "/meta.json")
        let isSpool = file.hasSuffix("/spool.jsonl") || file == "spool.jsonl"
        let pairs =
            RecordedSession.decode([[Double]].self, base + ".timing.json")
            ?? (isSpool ? RecordedSession.decode([[Double]].self, folder + "/timing.json") : nil)
        if let pairs {
            timing = .offsets(
                pairs.filter { $0.count == 2 }.map { (Int(clamping: Int64(saturating: $0[0])), $0[1]) })
        } else if let lines = meta?.line_t_ms {
            timing = .lines(lines)
        } else {
            timing = .even(.milliseconds(40))
        }
        let exit = isSpool ? RecordedSession.decode(Exit.self, folder + "/exit.json") : nil
        if let signal = exit?.signal ?? meta?.term_signal?.number {
            end = .signal(signal)
        } else {
            end = .status(exit?.status ?? meta?.exit_code ?? 0)
        }
        stderr = meta?.stderr ?? ""
    }

    /// What recorders write beside a transcript.
    private struct Meta: Decodable {
        var line_t_ms: [Double]?
        var exit_code: Int32?
        var term_signal: SignalName?
        var stderr: String?
    }

    /// What a host writes at the end of a session.
    private struct Exit: Decodable {
        var status: Int32?
        var signal: Int32?
    }

    /// A signal by its number or by its name: `SIGTERM`.
    private struct SignalName: Decodable {
        var number: Int32?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int32.self) {
                self.number = number
            } else {
                let names = [
                    "SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGABRT": 6, "SIGKILL": 9, "SIGSEGV": 11, "SIGPIPE": 13,
                    "SIGTERM": 15,
                ]
                number = names[try container.decode(String.self)].map(Int32.init)
            }
        }
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ path: String) -> T? {
        guard isFile(path), let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(type, from: data)
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
