import CLinux
import Glibc

/// Collects the children of the host, and remembers how the provider ended.
struct Reaper {
    let provider: Int32
    /// The wait status of the provider, nil while it lives.
    private(set) var providerStatus: Int32?

    init(provider: Int32) { self.provider = provider }

    /// Takes every child that has ended. False when there is none left, alive or dead: then the tree is empty, because the
    /// host is a subreaper, so that every descendant becomes its child in the end.
    mutating func reap() -> Bool {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG | Reaper.allChildren)
            if pid == provider { providerStatus = status }
            if pid == 0 { return true }
            if pid < 0 && errno != EINTR { return false }
        }
    }

    /// __WALL: children that were made without SIGCHLD too.
    private static let allChildren: Int32 = 0x4000_0000
}

/// All processes below the host.
enum ProcessTree {
    /// One process and its parent at the moment of the listing.
    struct Member: Hashable {
        let pid: Int32
        let parent: Int32
    }

    /// Everything below the host, parents before children. Without stopping them first some may be missed.
    static func members() -> [Member] {
        guard access("/proc/thread-self/children", R_OK) == 0 else { return membersByScan() }
        var found: [Member] = []
        var open = [getpid()]
        while let parent = open.popLast() {
            for thread in names(in: "/proc/\(parent)/task") {
                for word in wholeFile("/proc/\(parent)/task/\(thread)/children").split(separator: " ") {
                    guard let pid = Int32(word) else { continue }
                    found.append(Member(pid: pid, parent: parent))
                    open.append(pid)
                }
            }
        }
        return found
    }

    /// How many of them are in one of these states (letters as in /proc/PID/stat).
    static func count(inStates states: String) -> Int {
        members().count { member in stat(of: member.pid).map { states.contains($0.state) } ?? false }
    }

    /// Sends a signal to every member.
    static func signal(_ number: Int32) { for member in members() { send(number, to: member) } }

    /// Ends everything below the host: stop all that can be found until nothing new appears, kill all, reap, and again until
    /// nothing is left. Gives up after 20 s on what even SIGKILL does not end (a broken disk or network file system).
    static func end(_ reaper: inout Reaper, signals: Int32) {
        let deadline = monotonicMilliseconds() + 20_000
        while reaper.reap(), monotonicMilliseconds() < deadline {
            var stopped: Set<Member> = []
            // Stopped processes neither fork nor reap: the second listing finds what was made during the first.
            for _ in 0..<64 {
                let new = Set(members()).subtracting(stopped)
                if new.isEmpty { break }
                for member in new { send(SIGSTOP, to: member) }
                stopped.formUnion(new)
            }
            for member in stopped { send(SIGKILL, to: member) }
            var entry = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
            if reaper.reap(), poll(&entry, 1, 20) > 0 { _ = tutti_read_signal(signals) }
        }
    }

    /// Sends a signal to that very process: a number that meanwhile belongs to a stranger is left alone.
    private static func send(_ number: Int32, to member: Member) {
        let own = getpid()
        // A child of the host keeps its number until the host reaps it.
        if member.parent == own {
            kill(member.pid, number)
            return
        }
        let descriptor = tutti_pidfd_open(member.pid)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard let parent = stat(of: member.pid)?.parent, parent == member.parent || parent == own else { return }
        _ = tutti_pidfd_send_signal(descriptor, number)
    }

    /// For kernels without `children` files: the whole of /proc by parents.
    private static func membersByScan() -> [Member] {
        var children: [Int32: [Int32]] = [:]
        for name in names(in: "/proc") {
            if let pid = Int32(name), let parent = stat(of: pid)?.parent { children[parent, default: []].append(pid) }
        }
        var found: [Member] = []
        var open = [getpid()]
        while let parent = open.popLast() {
            for pid in children[parent] ?? [] {
                found.append(Member(pid: pid, parent: parent))
                open.append(pid)
            }
        }
        return found
    }

    /// State, parent and start time (field 22, in ticks after boot) of a process; nil when it is gone.
    static func stat(of pid: Int32) -> (state: Character, parent: Int32, startTime: Int64)? {
        let line = smallFile("/proc/\(pid)/stat")
        // The command name may hold spaces and brackets: the last bracket ends it.
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let start = Int64(fields[19])
        else { return nil }
        return (state, parent, start)
    }

    private static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var found: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.utf8.first.map({ $0 >= 48 && $0 <= 57 }) ?? false { found.append(name) }
        }
        return found
    }

    private static func wholeFile(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(contentsOf: buffer[..<count])
            }
        }
    }
}

/// The monotonic clock in milliseconds. It stands still while the machine is suspended.
func monotonicMilliseconds() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

/// The wall clock in milliseconds since 1970, for people.
func wallMilliseconds() -> Int64 { milliseconds(CLOCK_REALTIME) }

private func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
