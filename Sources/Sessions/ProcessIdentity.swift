import EventLoop
import Glibc

/// Whether a host that was recorded some time ago is still the process of that number.
extension HostIdentity {
    /// What is known without looking for a process.
    enum Place: Sendable {
        /// This boot and this pid namespace: its number means what it meant.
        case here
        /// The machine has been started anew since: no process of that time is left.
        case earlierBoot
        /// Numbers of another namespace say nothing here; only its socket can be asked.
        case otherNamespace
    }

    var place: Place {
        if bootID != HostIdentity.currentBootID { return .earlierBoot }
        return pidNamespace == HostIdentity.currentPIDNamespace ? .here : .otherNamespace
    }

    /// A descriptor of the host's process; nil when it is gone, or its number belongs to another process by now.
    ///
    /// Throws when the system has no descriptor left: then nothing is known.
    func openProcess() throws(LoopError) -> Int32? {
        guard place == .here else { return nil }
        let descriptor: Int32
        do throws(LoopError) {
            descriptor = try ProcessWatch.descriptor(of: pid)
        } catch {
            if error.number == ESRCH || error.number == EINVAL { return nil }
            throw error
        }
        // Looked at after the descriptor was opened: from now on the number cannot change hands unseen.
        do throws(NoDescriptor) {
            if try HostIdentity.startTime(of: pid) == startTime { return descriptor }
        } catch {
            close(descriptor)
            throw LoopError("read the start time of process \(pid)", number: EMFILE)
        }
        close(descriptor)
        return nil
    }

    /// When the host was started, by the monotonic clock of this boot.
    var startedAt: Monotonic? {
        guard place == .here else { return nil }
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        let ticks = max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))
        let age =
            Int64(boot.tv_sec) * 1_000_000_000 + Int64(boot.tv_nsec)
            - Int64(clamping: startTime).multipliedReportingOverflow(by: 1_000_000_000 / ticks).partialValue
        return Monotonic(nanoseconds: Monotonic.now.nanoseconds - max(0, age))
    }

    /// Field 22 of /proc/PID/stat; nil when there is no such process.
    static func startTime(of pid: Int32) throws(NoDescriptor) -> UInt64? {
        guard let bytes = try FileContent.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
        // The name in field 2 can hold anything, also brackets: what counts comes after the last one.
        guard let bracket = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(bracket + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19 else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }

    /// Names this start of the machine.
    static let currentBootID = FileContent.firstLine("/proc/sys/kernel/random/boot_id") ?? ""

    /// Names the pid namespace of this process.
    static let currentPIDNamespace: UInt64 = {
        var status = stat()
        return stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
    }()
}
