import Glibc

/// Waits on a plain thread for another process (or this one) to commit to a store.
///
/// Watches the tick file with inotify; where that cannot be had, the wait is only slower. A wake-up is a hint: read after
/// your cursor, and there may be nothing.
package final class TickWatch {
    /// Becomes readable at news, for those who wait for other things as well; -1 where there is no watch.
    package let descriptor: Int32
    private let path: String
    private var isWatching = false

    /// Watches the tick file of the store at `storePath`, from the moment at which it exists.
    package init(storePath: String) {
        path = Store.tickPath(for: storePath)
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        watch()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Returns at news, and after `milliseconds` in any case.
    package func wait(milliseconds: Int32 = 250) {
        watch()
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&wanted, descriptor >= 0 ? 1 : 0, milliseconds)
        drain()
    }

    /// Forgets the news so far; to be called before reading the store. True when there were any.
    @discardableResult
    package func drain() -> Bool {
        guard descriptor >= 0 else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            var isNews = false
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 { isNews = true }
            return isNews
        }
    }

    /// Begins to watch once the file is there.
    package func watch() {
        guard descriptor >= 0, !isWatching else { return }
        isWatching = inotify_add_watch(descriptor, path, UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE)) >= 0
    }
}
