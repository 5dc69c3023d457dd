import CLinux
import Glibc

/// The truth of an ending, as `exit.json` holds it.
struct ExitRecord {
    /// The wait status of the provider; nil when it was never started or could not be ended.
    var status: Int32?
    var spoolLength: Int64 = 0
    var endedBy: String?
    var startError: Complaint?
    var leftovers = 0
    var errorBytes: Int64 = 0
    private let startedAt: Int64
    private let duration: Int64

    /// A record of a session that began at `startedAt` of the wall clock.
    init(startedAt: Int64, duration: Int64) {
        self.startedAt = startedAt
        self.duration = duration
    }

    /// The record as a JSON line. Called when everything has been reaped, so that the processor time is the whole tree's.
    var text: String {
        let signal = status.map { $0 & 0x7f } ?? 0
        var record = JSONRecord()
        record.add("protocol", Int64(Arguments.protocolVersion))
        record.add("status", status.flatMap { signal == 0 ? Int64(($0 >> 8) & 0xff) : nil })
        record.add("signal", signal == 0 ? nil : Int64(signal))
        record.add("core", status.map { $0 & 0x80 != 0 } ?? false)
        record.add("spool_length", spoolLength)
        record.add("ended_by", endedBy)
        record.add("start_error", startError?.words)
        record.add("start_errno", startError?.number.map { Int64($0) })
        var used = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &used)
        record.add("user_ms", Int64(used.ru_utime.tv_sec) * 1000 + Int64(used.ru_utime.tv_usec) / 1000)
        record.add("system_ms", Int64(used.ru_stime.tv_sec) * 1000 + Int64(used.ru_stime.tv_usec) / 1000)
        record.add("max_rss_kib", Int64(used.ru_maxrss))
        record.add("started_at_ms", startedAt)
        record.add("ended_at_ms", startedAt + duration)
        record.add("duration_ms", duration)
        record.add("leftovers", Int64(leftovers))
        record.add("stderr_bytes", errorBytes)
        return record.text
    }
}
