import CLinux
import Glibc

/// The end: the tree, the last bytes, and the records of both ends of a session's life.
extension Host {
    /// Ends whatever is left below the host and takes the last bytes out of the pipes. How many processes had to be ended.
    mutating func finishTree() -> Int {
        let mayLinger = !treeMustEnd
        drain(patiently: false)
        var leftovers = 0
        if reaper.reap() {
            if mayLinger { letLeftoversFinish() }
            if reaper.providerStatus != nil { leftovers = ProcessTree.count(inStates: "RSDTtI") }
            ProcessTree.end(&reaper, signals: signals)
        }
        if endedAt == nil { endedAt = monotonicMilliseconds() }
        drain(patiently: true)
        return leftovers
    }

    /// Waits a moment for leftovers that are about to end: a `tee` at the end of a pipe ends by itself after the provider, and
    /// cutting it off would lose its bytes. Those that sleep (a server left behind) get 40 ms, those that run get a second:
    /// on a busy machine the `tee` may not have had its turn yet.
    private mutating func letLeftoversFinish() {
        let start = monotonicMilliseconds()
        while reaper.reap() {
            let now = monotonicMilliseconds()
            if now - start >= 1000 || (now - start >= 40 && ProcessTree.count(inStates: "RD") == 0) { return }
            wait(milliseconds: 10)
        }
    }

    /// Takes everything out of the pipes. On a full disk bytes are held, for a while if `patiently`, before they are given up.
    private mutating func drain(patiently: Bool) {
        errors.take(in: folder, rounds: 1024)
        guard pump != nil else { return }
        let deadline = monotonicMilliseconds() + 2000
        while true {
            while pump?.move(to: spool.descriptor, rounds: 1024) ?? false {}
            guard patiently, pump?.isBlocked ?? false else { return }
            if monotonicMilliseconds() >= deadline { return spool.noteLoss() }
            poll(nil, 0, 50)
        }
    }

    func writeHostRecord() throws(Complaint) {
        var record = JSONRecord()
        record.add("protocol", Int64(Arguments.protocolVersion))
        record.add("pid", Int64(getpid()))
        record.add("start_time", ProcessTree.stat(of: getpid())?.startTime)
        let boot = smallFile("/proc/sys/kernel/random/boot_id")
        record.add("boot_id", String(boot.prefix { $0 != "\n" }))
        var status = stat()
        stat("/proc/self/ns/pid", &status)
        record.add("pid_ns", Int64(status.st_ino))
        record.add("provider_pid", Int64(reaper.provider))
        record.add("provider_start_time", ProcessTree.stat(of: reaper.provider)?.startTime)
        record.add("started_at_ms", startedAtWall)
        try folder.replace("host.json", with: record.text, durably: false)
    }

    mutating func writeExitRecord(leftovers: Int) throws(Complaint) {
        let size = spool.length
        spool.reserveAhead(of: size, grown: 0)
        let length = spool.finish()
        let end = endedAt ?? monotonicMilliseconds()
        var exit = ExitRecord(startedAt: startedAtWall, duration: end - startedAt)
        exit.status = reaper.providerStatus
        exit.spoolLength = length
        exit.endedBy = spool.lostBytes ? "spool_full" : limits.cause?.rawValue
        exit.leftovers = leftovers
        exit.errorBytes = errors.total
        try folder.replace("exit.json", with: exit.text, durably: true)
    }
}
