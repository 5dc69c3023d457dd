import CLinux
import Glibc

/// What /proc says of a process at this moment.
package enum ProcessTable {
    /// All process ids of the system, in no order.
    package static func all() -> [Int32] { namesInFolder("/proc").compactMap { Int32($0) } }

    /// The processes whose environment holds `marker` (as `NAME=VALUE`) and that are not zombies.
    package static func processes(marked marker: String) -> [Int32] {
        all().filter { environment(of: $0).contains(marker) && isAlive($0) }
    }

    /// Waits until no process carries `marker` any more; gives those that still do when the time is over.
    package static func waitUntilGone(marked marker: String, limit: Duration = TestTime.limit) -> [Int32] {
        let deadline = Deadline(limit)
        while true {
            let left = processes(marked: marker)
            guard let first = left.first, !deadline.hasPassed else { return left }
            waitForEnd(of: first, limit: .milliseconds(max(1, Int(deadline.remainingMilliseconds))))
        }
    }

    /// Waits until the process has ended (a zombie has); false when the time is over.
    @discardableResult
    package static func waitForEnd(of pid: Int32, limit: Duration = TestTime.limit) -> Bool {
        let descriptor = tutti_pidfd_open(pid)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return waitUntilReadable(descriptor, limit: limit)
    }

    /// The environment that the process was started with.
    package static func environment(of pid: Int32) -> [String] { strings(in: "/proc/\(pid)/environ") }

    /// The arguments of the process.
    package static func arguments(of pid: Int32) -> [String] { strings(in: "/proc/\(pid)/cmdline") }

    /// True when the process exists and is not a zombie.
    package static func isAlive(_ pid: Int32) -> Bool { state(of: pid).map { $0 != "Z" && $0 != "X" } ?? false }

    /// The letter of its state (`R`, `S`, `T`, `Z` …), nil when there is no such process.
    package static func state(of pid: Int32) -> Character? { statFields(of: pid)?.first?.first }

    /// The start time in clock ticks after boot: field 22 of /proc/PID/stat.
    package static func startTime(of pid: Int32) -> UInt64? {
        guard let fields = statFields(of: pid), fields.count > 19 else { return nil }
        return UInt64(fields[19])
    }

    /// The process id of the parent.
    package static func parent(of pid: Int32) -> Int32? {
        guard let fields = statFields(of: pid), fields.count > 1 else { return nil }
        return Int32(fields[1])
    }

    /// The process group.
    package static func group(of pid: Int32) -> Int32? {
        guard let fields = statFields(of: pid), fields.count > 2 else { return nil }
        return Int32(fields[2])
    }

    /// The open descriptors and what each leads to.
    package static func descriptors(of pid: Int32) -> [Int32: String] {
        var found: [Int32: String] = [:]
        for name in namesInFolder("/proc/\(pid)/fd") {
            guard let number = Int32(name) else { continue }
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/\(pid)/fd/\(name)", &buffer, buffer.count)
            guard count >= 0 else { continue }
            found[number] = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return found
    }

    /// The fields of /proc/PID/stat from the state (field 3) on.
    private static func statFields(of pid: Int32) -> [Substring]? {
        // The command name (field 2) may hold spaces and brackets: the last bracket ends it.
        guard let line = text(of: "/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else { return nil }
        return line[line.index(after: end)...].split(separator: " ")
    }

    private static func strings(in path: String) -> [String] {
        (contents(of: path) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
