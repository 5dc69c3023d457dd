import Glibc
import Model
import Settings

/// Says whether the machine has room for one more session, from readings of the moment.
struct Admission: Sendable {
    /// What was read; nil where the system does not say.
    struct Readings: Sendable {
        var memoryAvailable: Int64?
        /// How much of the last ten seconds some process waited for memory, in per cent.
        var memoryPressure: Double?
        /// What the sessions that have just begun will still take.
        var growth: Int64 = 0
        /// What one more session is likely to need; 0 is nothing to speak of.
        var need: Int64 = 0
        var diskFree: Int64?
        /// Open descriptors of this process, and how many it may have.
        var descriptors: Int
        var descriptorLimit: Int
        /// Bytes that wait for the store, in memory and in spools that are not read yet.
        var backlog: Int64
        var live: Int
    }

    /// From here on a machine is busy with its memory more than with work, in per cent of the time.
    static let mostPressure = 25.0

    /// Below or above these nothing is started.
    let limits: LimitSettings
    /// Descriptors that must stay free for the store, the log and a retry: fewer where there are few at all, or nothing
    /// would ever start under a small limit.
    static func reserve(of limit: Int) -> Int { min(64, limit / 4) }

    /// Why nothing may start now, in words for a person; nil when there is room.
    func refusal(_ readings: Readings) -> String? {
        if readings.backlog > limits.lag {
            return "the recorder is \(readings.backlog >> 20) MiB behind (limits.lag is \(limits.lag >> 20) MiB)"
        }
        if let memory = readings.memoryAvailable, memory < limits.memory {
            return "\(memory >> 20) MiB of memory are available (limits.memory is \(limits.memory >> 20) MiB)"
        }
        // While nothing of ours lives, nothing of it becomes better by waiting.
        if readings.live > 0 {
            if let pressure = readings.memoryPressure, pressure > Admission.mostPressure {
                return "processes waited for memory in \(Int(pressure)) % of the last ten seconds (the most is "
                    + "\(Int(Admission.mostPressure)) %)"
            }
        }
        if let free = readings.diskFree, free < limits.diskFloor + Int64(readings.live) << 20 {
            return "\(free >> 20) MiB of disk are free where the recordings lie (limits.disk_floor is "
                + "\(limits.diskFloor >> 20) MiB, and 1 MiB for each live session)"
        }
        // A start needs a handful of descriptors for a moment; a session keeps one or two. While none lives, none comes
        // free by waiting: then the start itself says what is missing.
        let kept = readings.descriptors + Admission.reserve(of: readings.descriptorLimit)
        if readings.live > 0, kept > readings.descriptorLimit {
            return "\(readings.descriptors) of \(readings.descriptorLimit) descriptors are in use (raise: ulimit -n)"
        }
        return nil
    }

    /// Why nothing more may start for now, although there is room: those that have just begun will take it.
    func crowding(_ readings: Readings) -> String? {
        guard readings.live > 0, starts(readings) == 0, let memory = readings.memoryAvailable else { return nil }
        return "\(memory >> 20) MiB of memory are available; sessions that have just begun are likely to take "
            + "\(readings.growth >> 20) MiB of it, and the next one \(readings.need >> 20) MiB "
            + "(limits.memory is \(limits.memory >> 20) MiB)"
    }

    /// How many sessions have room in the memory until the next look; nil where nobody knows what they need.
    func starts(_ readings: Readings) -> Int? {
        guard readings.need > 0, let memory = readings.memoryAvailable else { return nil }
        let free = memory.saturating(minus: limits.memory).saturating(minus: readings.growth)
        let count = Int(clamping: max(0, free) / readings.need)
        return readings.live > 0 ? count : max(1, count)
    }

    /// Reads the machine. `folder` is where recordings lie.
    static func read(folder: String, backlog: Int64, live: Int) -> Readings {
        var disk: Int64?
        var status = statvfs()
        if statvfs(folder, &status) == 0 { disk = Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize)) }
        var limit = rlimit()
        let known = getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0
        return Readings(
            memoryAvailable: MachineMemory.available(isFirst: live == 0), memoryPressure: MachineMemory.pressure(),
            diskFree: disk,
            descriptors: openDescriptors(),
            descriptorLimit: known ? Int(clamping: limit.rlim_cur) : 1024, backlog: backlog, live: live)
    }

    private static func openDescriptors() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return max(0, count - 3)
    }

    /// Raises the soft limit of open files to the hard one; a thousand sessions need more than the usual 1,024.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = min(limit.rlim_max, 1 << 20)
        setrlimit(resource, &limit)
    }
}
