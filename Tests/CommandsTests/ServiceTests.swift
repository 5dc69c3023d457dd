import Glibc
import Settings
import TestSupport
import Testing

@testable import Commands

/// The protocol of systemd, written out, and the unit that is given to it.
@Suite struct ServiceTests {
    /// A datagram socket that hears what a service says.
    private final class Listener {
        let descriptor: Int32
        init(_ address: [UInt8]) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var target = sockaddr_un()
            target.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
            let length = socklen_t(2 + address.count)
            let bound = withUnsafePointer(to: &target) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            guard bound == 0 else { throw TestFailure(errno: errno, "bind") }
        }
        deinit { close(descriptor) }

        func next() -> String? {
            guard waitUntilReadable(descriptor) else { return nil }
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        }
    }

    @Test func `it is told at a path`() throws {
        try withTemporaryFolder { folder in
            let path = folder.file("notify")
            let listener = try Listener(Array(path.utf8))
            let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
            manager.tell("READY=1\nSTATUS=serving")
            #expect(listener.next() == "READY=1\nSTATUS=serving")
            #expect(manager.watchdog == nil)
        }
    }

    @Test func `it is told by a name of the abstract kind`() throws {
        let name = "tutti-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let listener = try Listener([0] + Array(name.utf8))
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "@" + name]))
        manager.tell("WATCHDOG=1")
        #expect(listener.next() == "WATCHDOG=1")
    }

    @Test func `what cannot be an address is none, and nobody at it is nobody's problem`() {
        for name in ["", "relative", "@", "/", "/" + String(repeating: "x", count: 200)] {
            #expect(ServiceManager(environment: ["NOTIFY_SOCKET": name]) == nil, "\(name)")
        }
        #expect(ServiceManager(environment: [:]) == nil)
        ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent/socket"])?.tell("READY=1")
    }

    @Test func `the watchdog is for the process that is meant`() {
        func watchdog(_ span: String, _ pid: String?) -> Duration? {
            var environment = ["NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": span]
            environment["WATCHDOG_PID"] = pid
            return ServiceManager(environment: environment, pid: 17)?.watchdog
        }
        #expect(watchdog("30000000", nil) == .seconds(30))
        #expect(watchdog("30000000", "17") == .seconds(30))
        #expect(watchdog("30000000", "18") == nil)
        #expect(watchdog("0", nil) == nil && watchdog("-1", nil) == nil && watchdog("many", nil) == nil)
    }

    @Test func `nothing of it reaches a child`() {
        let kept = ServiceManager.leavingOut([
            "NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "LISTEN_FDS": "3", "HOME": "/home/you",
        ])
        #expect(kept == ["HOME": "/home/you"])
    }

    @Test func `words of a unit keep their meaning`() {
        let unit = ServiceUnit(
            program: "/opt/my tools/100%/tutti", arguments: ["--db", "/data/$HOME/a\"b\\c.db"],
            environment: [("PATH", "/usr/bin:/opt/my tools"), ("TUTTI_DB", "/x")])
        let lines = unit.text.split(separator: "\n")
        #expect(
            lines.contains(#"ExecStart="/opt/my tools/100%%/tutti" serve --db "/data/$$HOME/a\"b\\c.db""#),
            "\(unit.text)")
        #expect(lines.contains(#"Environment="PATH=/usr/bin:/opt/my tools""#))
        #expect(lines.contains("Environment=TUTTI_DB=/x"))
        #expect(lines.contains("KillMode=process") && lines.contains("Type=notify"))
    }
}
