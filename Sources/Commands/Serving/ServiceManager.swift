import Glibc

/// Tells systemd, or whoever else speaks its protocol, how this process is: sd_notify(3), written out.
struct ServiceManager {
    private static let variables: Set<String> = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
    ]
    private let address: [UInt8]
    /// Within which time it wants to hear that the process lives; nil when it does not.
    let watchdog: Duration?

    /// The manager that the environment names; nil when there is none.
    ///
    /// The socket is a path, or a name of the abstract kind behind `@`.
    init?(environment: [String: String], pid: Int32 = getpid()) {
        guard let name = environment["NOTIFY_SOCKET"], let first = name.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), name.utf8.count > 1,
            name.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        address = first == UInt8(ascii: "@") ? [0] + name.utf8.dropFirst() : Array(name.utf8)
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        let span = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = isMeant && span > 0 ? .microseconds(span) : nil
    }

    /// Sends lines such as `READY=1`. A manager that is gone, or does not read, is nobody's problem.
    func tell(_ lines: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // The length counts: an abstract name ends where it says, and may hold any byte.
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + address.count } ?? 0)
        let bytes = Array(lines.utf8)
        withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
    }

    /// The variables without those that are for this process alone.
    static func leavingOut(_ environment: [String: String]) -> [String: String] {
        environment.filter { !variables.contains($0.key) }
    }
}
