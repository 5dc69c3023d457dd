internal import Glibc

/// The eight bytes beside a store that are overwritten after every commit with the number of the newest event.
///
/// A hint for other processes, to be watched with inotify: never the truth, which is the log itself. (Watching the
/// write-ahead log instead would wake readers before the commit is visible to them.)
package struct TickFile: Sendable {
    package let path: String

    /// The tick file of the store at `storePath`.
    package init(storePath: String) { path = Store.tickPath(for: storePath) }

    /// The number of the newest event as it was last written, nil when there is no such file yet.
    package func read() -> Int64? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var number: UInt64 = 0
        guard pread(descriptor, &number, 8, 0) == 8 else { return nil }
        return Int64(bitPattern: UInt64(littleEndian: number))
    }
}

/// The writer's end of the tick file.
struct TickWriter: ~Copyable {
    private let descriptor: Int32

    /// Opens or creates the tick file of the store at `storePath`. Without one, other processes only notice later.
    init(storePath: String) {
        descriptor = Glibc.open(
            Store.tickPath(for: storePath), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Overwrites the number, which wakes whoever watches the file.
    borrowing func write(_ newest: Int64) {
        guard descriptor >= 0 else { return }
        var number = UInt64(bitPattern: newest).littleEndian
        _ = pwrite(descriptor, &number, 8, 0)
    }
}
