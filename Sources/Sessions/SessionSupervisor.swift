package import EventLoop
package import Model
import Synchronization

/// Starts sessions, follows them and ends them: all live sessions of one coordinator, on one loop and one thread.
///
/// No session has a thread or a task of its own. Every call returns at once; what comes of it is reported to the sink.
package final class SessionSupervisor: Sendable {
    /// The loop on which everything is followed, for what else its owner wants to wait for.
    package let loop: EventLoop
    private let table: SessionTable

    /// A supervisor without sessions. `sink` is called on the loop's thread and must be quick. While `mayRead` says no,
    /// what sessions print stays in their spools.
    package convenience init(
        mayRead: @escaping @Sendable () -> Bool = { true }, sink: @escaping @Sendable (SessionReport) -> Void
    ) throws {
        var options = FollowerOptions()
        options.mayRead = mayRead
        try self.init(following: options, sink: sink)
    }

    /// A supervisor that follows in an unusual way.
    init(following options: FollowerOptions, sink: @escaping @Sendable (SessionReport) -> Void) throws {
        DescriptorLimit.raise()
        let loop = try EventLoop()
        let table = SessionTable(loop, options: options, sink: sink)
        let starter: Starter
        do {
            starter = try Starter { id, report in
                loop.run { table.assumeIsolated { $0.started(id, report) } }
            }
        } catch {
            loop.close()
            throw error
        }
        loop.run { table.assumeIsolated { $0.open(starter) } }
        self.loop = loop
        self.table = table
    }

    /// Bytes in all spools that were not read when they were last looked at, which is once a second.
    package var unreadBytes: Int64 { table.unread.load(ordering: .relaxed) }

    /// Starts a session: makes its folder, writes its input, starts its host.
    ///
    /// What fails comes as `.ended` with `start_failed` and the reason.
    package func start(_ plan: SessionPlan) { enter { $0.start(plan) } }

    /// Follows a session that somebody else started, from the events after those that are recorded.
    ///
    /// The spool is read from its beginning to bring the dialect into its state. The session may be running, or have ended
    /// in any way in the meantime.
    package func attach(_ plan: SessionPlan, _ standing: AttachedStanding) {
        enter { $0.attach(plan, standing) }
    }

    /// Begins to end a session by its dialect's ladder; when that has begun already, goes straight to the whole tree.
    package func end(_ id: Identifier, cause: FailureClass) { enter { $0.end(id, cause: cause) } }

    /// Ends the whole process tree of a session at once.
    package func kill(_ id: Identifier, cause: FailureClass) { enter { $0.kill(id, cause: cause) } }

    /// Writes to a session's standard input, and closes it afterwards if wanted; only where the plan keeps it open.
    package func send(_ id: Identifier, stdin bytes: [UInt8], close: Bool) {
        enter { $0.send(id, bytes, close: close) }
    }

    /// Stops following everything and gives all resources back. The hosts and their providers live on.
    package func close() async {
        await withCheckedContinuation { done in
            enter { $0.close() }
            loop.close { done.resume() }
        }
    }

    private func enter(_ body: @escaping @Sendable (isolated SessionTable) -> Void) {
        loop.run { [table] in table.assumeIsolated { body($0) } }
    }
}
