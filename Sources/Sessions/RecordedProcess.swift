import CLinux
import EventLoop
import Glibc

/// A process that was recorded some time ago, held by a descriptor: it is never taken for another one of its number.
package final class RecordedProcess: Sendable {
    private let descriptor: Int32

    /// The process of `identity`; nil when it has ended, or cannot be seen from here.
    package init?(_ identity: HostIdentity) {
        guard let descriptor = try? identity.openProcess() else { return nil }
        self.descriptor = descriptor
    }

    /// A child that was just started; nil when it has ended.
    package init?(child pid: Int32) {
        let descriptor = tutti_pidfd_open(pid)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends it a signal; false when it has ended.
    @discardableResult
    package func signal(_ number: Int32) -> Bool { tutti_pidfd_send_signal(descriptor, number) == 0 }

    /// Waits for its end, for so many milliseconds; false when the time was over first.
    package func waitForEnd(milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&wanted, 1, milliseconds)
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }
}

extension HostIdentity {
    /// This process.
    package static var current: HostIdentity {
        let pid = getpid()
        let start = (try? startTime(of: pid)) ?? nil
        return HostIdentity(
            pid: pid, startTime: start ?? 0, bootID: currentBootID, pidNamespace: currentPIDNamespace)
    }

    /// True when the process lives in another pid namespace, a container most likely: its number means nothing here.
    package var isElsewhere: Bool { place == .otherNamespace }
}
