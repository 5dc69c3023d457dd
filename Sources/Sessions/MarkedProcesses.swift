import CLinux
import EventLoop
import Glibc
import Model

/// The processes that carry a session's mark, `TUTTI_SESSION=ID`, in their environment: its host, its provider, its tools.
///
/// The mark is 80 random bits that were given to one process tree only, so it says more than a number and a start time. It
/// is looked at again after a descriptor of the process has been opened, and the signal goes to that descriptor.
struct MarkedProcesses: ~Copyable {
    private let sessions: Set<Identifier>
    /// One buffer for the environments of all processes: a look at a thousand of them is a matter of milliseconds.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: MarkedProcesses.longest, alignment: 16)

    /// What a process may have as its environment; the mark is looked for in so much of it.
    private static let longest = 2 << 20

    /// The processes of these sessions.
    init(of sessions: Set<Identifier>) { self.sessions = sessions }

    deinit { buffer.deallocate() }

    /// Those sessions that have any.
    func sessionsAlive() throws(NoDescriptor) -> Set<Identifier> { Set(try find().map(\.session)) }

    /// Kills all of them, and looks again until none is left or `limit` has passed; gives what is left.
    @discardableResult
    func kill(limit: Duration = .seconds(5)) -> [Int32] {
        let end = Monotonic.now + limit
        while true {
            guard let found = try? find().map(\.process) else {
                // No descriptor for looking: others come free meanwhile.
                if Monotonic.now >= end { return [] }
                poll(nil, 0, 20)
                continue
            }
            // All are stopped before the first is killed: a parent that sees its child die would start another one.
            let open = found.compactMap { descriptor(of: $0) }
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

    private func descriptor(of pid: Int32) -> Int32? {
        guard let descriptor = try? ProcessWatch.descriptor(of: pid) else { return nil }
        if (try? mark(of: pid)) != nil { return descriptor }
        close(descriptor)
        return nil
    }

    private func find() throws(NoDescriptor) -> [(process: Int32, session: Identifier)] {
        guard let folder = opendir("/proc") else { throw NoDescriptor() }
        defer { closedir(folder) }
        var found: [(process: Int32, session: Identifier)] = []
        let own = getpid()
        while let entry = readdir(folder) {
            let pid = withUnsafePointer(to: &entry.pointee.d_name.0) { Int32(clamping: strtol($0, nil, 10)) }
            guard pid > 0, pid != own else { continue }
            if let mark = try mark(of: pid) { found.append((pid, mark)) }
        }
        return found
    }

    /// Which of the sessions a process belongs to.
    ///
    /// A process that has ended and was not waited for yet has no environment any more, so it belongs to none.
    private func mark(of pid: Int32) throws(NoDescriptor) -> Identifier? {
        let file = open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC)
        if file < 0, NoDescriptor.isReason(errno) { throw NoDescriptor() }
        guard file >= 0, let start = buffer.baseAddress else { return nil }
        defer { close(file) }
        var length = 0
        while length < buffer.count {
            let count = read(file, start + length, buffer.count - length)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            length += count
        }
        let name = MarkedProcesses.name
        var from = 0
        while from < length {
            let found = tutti_find(start + from, length - from, name, name.count)
            if found < 0 { return nil }
            let value = from + found + name.count
            from = value
            let isVariable = found == 0 && value == name.count || buffer[value - name.count - 1] == 0
            guard isVariable, value + Identifier.length <= length else { continue }
            let end = value + Identifier.length
            guard end == length || buffer[end] == 0 else { continue }
            let mark = Identifier(String(decoding: buffer[value..<end], as: UTF8.self))
            if let mark, sessions.contains(mark) { return mark }
        }
        return nil
    }

    private static let name = Array("TUTTI_SESSION=".utf8)
}
