package import Model
package import Sessions
import Store

/// The process that serves a store, as it says in the lock that it holds.
package struct ServingHolder: Sendable, Hashable {
    /// Nil in the moment before it has said anything.
    package var process: HostIdentity?
    package var since: Timestamp?
    /// The coordinator in it; nil until it is ready.
    package var coordinator: Identifier?

    /// Who serves the store whose state lies in `folder`; nil when nobody does.
    package static func find(in folder: String) -> ServingHolder? {
        guard let words = ServingLock.holder(in: folder) else { return nil }
        var holder = ServingHolder()
        if let pid = words["pid"]?.integer.flatMap({ Int32(exactly: $0) }), pid > 0,
            let start = words["start_time"]?.integer.flatMap({ UInt64(exactly: $0) }),
            let boot = words["boot_id"]?.string,
            let namespace = words["pid_ns"]?.integer.flatMap({ UInt64(exactly: $0) })
        {
            holder.process = HostIdentity(pid: pid, startTime: start, bootID: boot, pidNamespace: namespace)
        }
        holder.since = words["since"]?.integer.map { Timestamp(milliseconds: $0) }
        holder.coordinator = words["coordinator"]?.string.flatMap { Identifier($0) }
        return holder
    }

    /// True when somebody serves who can be relied on: what was committed before this was asked is claimed and taken over,
    /// also when that process is killed now, as its guard is there.
    package static func isReliable(in folder: String) -> Bool { find(in: folder)?.coordinator != nil }

    /// As it stands in the lock.
    var words: JSONObject {
        var words: JSONObject = [:]
        if let process {
            words["pid"] = .integer(Int64(process.pid))
            words["start_time"] = .integer(Int64(clamping: process.startTime))
            words["boot_id"] = .string(process.bootID)
            words["pid_ns"] = .integer(Int64(clamping: process.pidNamespace))
        }
        words["since"] = since.map { .integer($0.milliseconds) }
        words["coordinator"] = coordinator.map { .string($0.text) }
        return words
    }

    /// The error (exit 75) for whoever wanted to serve the same store.
    package func refusal(_ store: String) -> TuttiError {
        let pid = process.map { ", process \($0.pid)" } ?? ""
        let since = since.map { ", since \($0.iso8601)" } ?? ""
        return TuttiError(
            .tryAgain, "Another coordinator serves the store \(store) already\(pid)\(since).",
            hint: "one is enough; see it: tutti daemon status, end it: tutti daemon stop")
    }
}
