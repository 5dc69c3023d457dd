import Glibc

/// What the system says of the memory that this process may use. Read from below `root`, which is `/` but in tests.
enum MachineMemory {
    /// Bytes that can be had without swapping: of the whole machine, or of the control groups around this process where these
    /// leave less. Nil where neither says.
    ///
    /// A container's limit stands in no figure of `/proc/meminfo`: what goes beyond it is killed.
    ///
    /// The first session starts whatever the groups say: nothing of it becomes better by waiting.
    static func available(root: String = "", isFirst: Bool = false) -> Int64? {
        [machine(root), isFirst ? nil : groups(root)].compactMap { $0 }.min()
    }

    /// How much of the last ten seconds some process waited for memory, in per cent; nil where the kernel does not say.
    ///
    /// https://docs.kernel.org/accounting/psi.html
    static func pressure(root: String = "") -> Double? {
        for line in lines(of: root + "/proc/pressure/memory") where line.hasPrefix("some ") {
            guard let word = line.split(separator: " ").first(where: { $0.hasPrefix("avg10=") }) else { return nil }
            return Double(word.dropFirst(6))
        }
        return nil
    }

    /// The memory that a process holds now, in bytes; nil when it is gone.
    static func resident(_ pid: Int32, root: String = "") -> Int64? {
        let pages = lines(of: "\(root)/proc/\(pid)/statm").first?.split(separator: " ").dropFirst().first
        return pages.flatMap { Int64($0) }.map { $0 * Int64(getpagesize()) }
    }

    private static func machine(_ root: String) -> Int64? {
        for line in lines(of: root + "/proc/meminfo") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 << 10 }
        }
        return nil
    }

    /// The least that is left in any control group (version 2) from this process's own up to the outermost that is seen.
    private static func groups(_ root: String) -> Int64? {
        guard let line = lines(of: root + "/proc/self/cgroup").first(where: { $0.hasPrefix("0::/") }) else {
            return nil
        }
        var path = line.dropFirst(3)
        var least: Int64?
        while true {
            let folder = root + "/sys/fs/cgroup" + (path == "/" ? "" : path)
            if let most = number(folder + "/memory.max"), let used = number(folder + "/memory.current") {
                least = min(least ?? .max, max(0, most - used + cached(folder)))
            }
            guard path.count > 1, let slash = path.lastIndex(of: "/") else { return least }
            path = slash == path.startIndex ? "/" : path[..<slash]
        }
    }

    /// What a group holds that is given up before anything is killed: caches of files, however often they were read, and of
    /// the kernel.
    private static func cached(_ folder: String) -> Int64 {
        let names = ["inactive_file ", "active_file ", "slab_reclaimable "]
        return lines(of: folder + "/memory.stat").reduce(0) { sum, line in
            guard let name = names.first(where: { line.hasPrefix($0) }) else { return sum }
            return sum + (Int64(line.dropFirst(name.count)) ?? 0)
        }
    }

    /// A file with one number; `max` is none.
    private static func number(_ path: String) -> Int64? { lines(of: path).first.flatMap { Int64($0) } }

    /// The first lines of a file that the kernel writes; none where it cannot be read.
    private static func lines(of path: String) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let text = String(unsafeUninitializedCapacity: 8192) { buffer in
            max(0, read(descriptor, buffer.baseAddress, 8192))
        }
        return text.split(separator: "\n").map(String.init)
    }
}
