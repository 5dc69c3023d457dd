import CLinux
import Glibc

/// Waits until `condition` holds of the file's bytes and gives them; the file need not exist yet.
///
/// Wakes by inotify on the file's folder (which must exist), so nothing is missed that is appended, renamed into place
/// or created. Blocks its thread: in an async test call it through ``onOwnThread(_:)``.
@discardableResult
package func waitForFile(
    _ path: String, limit: Duration = TestTime.limit, until condition: ([UInt8]) -> Bool = { _ in true }
) throws -> [UInt8] {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    var seen: [UInt8]?
    try waitForChange(in: folder.isEmpty ? "/" : folder, limit: limit, what: path) {
        guard let bytes = contents(of: path) else { return false }
        seen = bytes
        return condition(bytes)
    }
    return seen ?? []
}

/// Waits until the file holds `text`, and gives the whole of it.
@discardableResult
package func waitForFile(_ path: String, containing text: String, limit: Duration = TestTime.limit) throws -> String {
    let bytes = try waitForFile(path, limit: limit) { String(decoding: $0, as: UTF8.self).contains(text) }
    return String(decoding: bytes, as: UTF8.self)
}

/// Waits until `condition` holds, looking again whenever something changes in `folder`.
package func waitForChange(
    in folder: String, limit: Duration = TestTime.limit, what: String = "", until condition: () -> Bool
) throws {
    let deadline = Deadline(limit)
    let notifier = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard notifier >= 0 else { throw TestFailure(errno: errno, "inotify_init1") }
    defer { close(notifier) }
    let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB)
    guard inotify_add_watch(notifier, folder, mask) >= 0 else { throw TestFailure(errno: errno, "watch \(folder)") }
    var buffer = [UInt8](repeating: 0, count: 16384)
    while !condition() {
        if deadline.hasPassed { throw TestFailure("waited \(limit) in vain for \(what.isEmpty ? folder : what)") }
        var entry = pollfd(fd: notifier, events: Int16(POLLIN), revents: 0)
        // A writer through a mapping or another mount wakes nobody: look again twice a second in any case.
        poll(&entry, 1, min(deadline.remainingMilliseconds, 500))
        while read(notifier, &buffer, buffer.count) > 0 {}
    }
}

/// Waits until `descriptor` can be read, or has ended; false when the time is over.
package func waitUntilReadable(_ descriptor: Int32, limit: Duration = TestTime.limit) -> Bool {
    let deadline = Deadline(limit)
    while true {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&entry, 1, deadline.remainingMilliseconds)
        if count > 0 { return true }
        if count == 0 || errno != EINTR { return false }
    }
}

/// Takes the exclusive `flock` of a descriptor without waiting; false when somebody else has it.
package func holdLock(_ descriptor: Int32) -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

/// Waits until `condition` holds, for what nothing announces (the state of somebody else's process); false when the time is
/// over. Looks every millisecond.
package func eventually(limit: Duration = TestTime.limit, _ condition: () -> Bool) -> Bool {
    let deadline = Deadline(limit)
    while !condition() {
        if deadline.hasPassed { return false }
        poll(nil, 0, 1)
    }
    return true
}
