import EventLoop
import Glibc
import Model

/// The processes that carry a session's mark, `TUTTI_SESSION=ID`, in their environment: its host, its provider, its tools.
///
/// The mark is 80 random bits that were given to one process tree only, so it says more than a number and a start time. It
/// is looked at again after a descriptor of the process has been opened, and the signal goes to that descriptor.
enum MarkedProcesses {
    /// True when any process carries the mark of one of the sessions.
    static func exist(_ sessions: Set<Identifier>) -> Bool { !find(marks(of: sessions)).isEmpty }

    /// Kills all of them, and looks again until none is left or `limit` has passed; gives what is left.
    @discardableResult
    static func kill(_ sessions: Set<Identifier>, limit: Duration = .seconds(5)) -> [Int32] {
        let marks = marks(of: sessions)
        let end = Monotonic.now + limit
        while true {
            let found = find(marks)
            // All are stopped before the first is killed: a parent that sees its child die would start another one.
            let open = found.compactMap { pid in descriptor(of: pid, marks) }
            for process in open { ProcessWatch.signal(SIGSTOP, to: process) }
            for process in open { ProcessWatch.signal(SIGKILL, to: process) }
            for process in open {
                var wait = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
                let rest = (end - Monotonic.now).nanoseconds / 1_000_000
                poll(&wait, 1, Int32(clamping: max(0, min(rest, 1000))))
                close(process)
            }
            if found.isEmpty || Monotonic.now >= end { return found }
        }
    }

    private static func marks(of sessions: Set<Identifier>) -> [[UInt8]] {
        sessions.map { Array("TUTTI_SESSION=\($0.text)".utf8) }
    }

    private static func descriptor(of pid: Int32, _ marks: [[UInt8]]) -> Int32? {
        guard let descriptor = try? ProcessWatch.descriptor(of: pid) else { return nil }
        if carries(pid, marks) { return descriptor }
        close(descriptor)
        return nil
    }

    private static func find(_ marks: [[UInt8]]) -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: [Int32] = []
        let own = getpid()
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(name), pid != own, carries(pid, marks) else { continue }
            found.append(pid)
        }
        return found
    }

    /// A process that has ended and was not waited for yet has no environment any more, so it does not count.
    private static func carries(_ pid: Int32, _ marks: [[UInt8]]) -> Bool {
        guard let environment = FileContent.read("/proc/\(pid)/environ", limit: 4 * 1024 * 1024) else { return false }
        var start = 0
        while start < environment.count {
            let end = environment[start...].firstIndex(of: 0) ?? environment.count
            if environment[start] == UInt8(ascii: "T") {
                let variable = environment[start..<end]
                for mark in marks where variable.elementsEqual(mark) { return true }
            }
            start = end + 1
        }
        return false
    }
}
