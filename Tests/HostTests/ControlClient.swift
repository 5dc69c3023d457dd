import Glibc
import TestSupport

/// A connection to a host's control socket.
final class ControlClient {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ session: HostedSession) throws {
        try session.waitForStart()
        let folder = open(session.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(folder)/ctl.sock".utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TestFailure(errno: errno, "connect to \(session.folder)/ctl.sock") }
    }

    deinit { close(descriptor) }

    /// Sends a line, bytes after it, and gives the answer; nil when the host closed the connection.
    func say(_ line: String, _ bytes: [UInt8] = []) throws -> String? {
        try tell(line, bytes)
        return answer()
    }

    /// Sends a line and bytes after it.
    func tell(_ line: String, _ bytes: [UInt8] = []) throws {
        let all = Array("\(line)\n".utf8) + bytes
        var done = 0
        while done < all.count {
            let count = all.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { throw TestFailure(errno: errno, "send to the host") }
            done += count
        }
    }

    /// The next answer; nil when the host closed the connection.
    func answer() -> String? {
        while true {
            if let end = unread.firstIndex(of: 10) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard waitUntilReadable(descriptor) else { return "no answer" }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            unread += buffer[..<count]
        }
    }
}
