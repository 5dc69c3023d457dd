import Glibc
import Model
import StreamJSON

/// What a host writes into its session's folder, as far as a coordinator reads it.
enum HostRecords {
    static let spool = "spool.jsonl"
    static let identity = "host.json"
    static let ending = "exit.json"
    static let socket = "ctl.sock"
    static let input = "stdin"

    /// Which process the host is; nil when it has not said so yet, or in words that we do not know.
    static func identity(in folder: String) throws(NoDescriptor) -> HostIdentity? {
        guard let record = try object("\(folder)/\(identity)"),
            let pid = record["pid"]?.integer.flatMap({ Int32(exactly: $0) }), pid > 0,
            let start = record["start_time"]?.integer.flatMap({ UInt64(exactly: $0) }),
            let boot = record["boot_id"]?.string,
            let namespace = record["pid_ns"]?.integer.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        return HostIdentity(
            pid: pid, startTime: start, bootID: boot, pidNamespace: namespace,
            providerPID: record["provider_pid"]?.integer.flatMap { Int32(exactly: $0) })
    }

    /// How the provider ended; nil when the host has not said so yet.
    static func ending(in folder: String) throws(NoDescriptor) -> ExitRecord? {
        guard let record = try object("\(folder)/\(ending)") else { return nil }
        func number(_ key: String) -> Int64 { record[key]?.integer ?? 0 }
        return ExitRecord(
            status: record["status"]?.integer.flatMap { Int32(exactly: $0) },
            signal: record["signal"]?.integer.flatMap { Int32(exactly: $0) },
            coreDumped: record["core"]?.bool ?? false, spoolLength: number("spool_length"),
            endedBy: record["ended_by"]?.string, startError: record["start_error"]?.string,
            userMilliseconds: number("user_ms"), systemMilliseconds: number("system_ms"),
            maxResidentKiB: number("max_rss_kib"), startedAt: Timestamp(milliseconds: number("started_at_ms")),
            endedAt: Timestamp(milliseconds: number("ended_at_ms")), durationMilliseconds: number("duration_ms"),
            leftovers: Int(exactly: number("leftovers")) ?? 0)
    }

    /// The provider's standard error: its beginning and its end, with a line between them when something is missing there.
    static func standardError(in folder: String) -> String {
        let bound = 64 * 1024
        let head = (try? FileContent.read("\(folder)/stderr.head", limit: bound)) ?? []
        let tail = (try? FileContent.read("\(folder)/stderr.tail", limit: bound)) ?? []
        // A tail that is not full begins where the head ends.
        if tail.count < bound { return String(decoding: head + tail, as: UTF8.self) }
        return String(decoding: head, as: UTF8.self) + "\n[…]\n" + String(decoding: tail, as: UTF8.self)
    }

    private static func object(_ path: String) throws(NoDescriptor) -> JSONObject? {
        guard let bytes = try FileContent.read(path, limit: 64 * 1024) else { return nil }
        return (try? JSONValue(parsing: bytes))?.object
    }
}

/// The system has no descriptor or no memory left at the moment, so nothing is known about a file, not even that it is not
/// there.
package struct NoDescriptor: Error {
    static func isReason(_ number: Int32) -> Bool { number == EMFILE || number == ENFILE || number == ENOMEM }
}

/// Small files, read whole.
enum FileContent {
    /// The first `limit` bytes of a file; nil when it is not there or may not be read.
    static func read(_ path: String, limit: Int) throws(NoDescriptor) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if NoDescriptor.isReason(errno) { throw NoDescriptor() }
            return nil
        }
        defer { close(file) }
        var room = 4096
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let wanted = min(room, limit - bytes.count)
            var result = 0
            // Not into zeros: those would be written for nothing, and most of what is read here is short.
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                result = Glibc.read(file, buffer.baseAddress, wanted)
                count = max(0, result)
            }
            if result == 0 || (result < 0 && errno != EINTR) { return bytes }
            bytes += piece
            room = min(room * 4, limit)
        }
        return bytes
    }

    /// Its text up to the first line's end.
    static func firstLine(_ path: String) -> String? {
        guard let bytes = try? read(path, limit: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
