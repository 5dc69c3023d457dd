package import EventLoop
package import Model

/// The events of one read of a session's spool.
package struct Slice: Sendable {
    package var session: Identifier
    /// Never one whose bytes were committed before.
    package var events: [SpoolEvent]
    /// The end of the last complete line that was read: what is committed together with the events.
    package var offset: Int64
    /// When the bytes were read.
    package var readAt: Monotonic

    /// A slice of these events.
    package init(session: Identifier, events: [SpoolEvent], offset: Int64, readAt: Monotonic) {
        self.session = session
        self.events = events
        self.offset = offset
        self.readAt = readAt
    }
}

/// A spool that holds less than what is known to have been in it.
package struct SpoolGap: Sendable, Hashable {
    /// What had been read, committed, or stated by the host.
    package var expected: Int64
    /// What is there.
    package var found: Int64

    /// A gap between these lengths.
    package init(expected: Int64, found: Int64) {
        self.expected = expected
        self.found = found
    }
}

/// What a supervisor says of its sessions. For one session `ended` is the last, and slices come in the order of their bytes;
/// the first of them may come before `started`, as a provider can print before its host has written its own record.
package enum SessionReport: Sendable {
    /// The host has started the provider. Comes for adopted sessions too, when their host ever wrote its record.
    case started(Identifier, HostIdentity)
    /// More of the provider's output.
    case slice(Slice)
    /// `running`, `needs_input` or `ending`, with Tutti's reason to end it; the final states come with `ended`.
    case stateChanged(Identifier, SessionState, because: FailureClass?)
    /// The spool is shorter than it was. The session ends as `spool_truncated`.
    case gap(Identifier, SpoolGap)
    /// A session that somebody else had started was read to where its spool ended just now, and is not over.
    case caughtUp(Identifier)
    /// The host refused a command: `fenced` when another coordinator with a higher epoch has spoken to it.
    case refused(Identifier, String)
    /// The session is over, exactly once. `last` are the events that follow from the end itself; its offset is where the
    /// spool ends. They belong into the transaction that records the ending: an adopter that does not find the ending
    /// recorded makes them again.
    case ended(Identifier, Ending, Outcome, last: Slice)
}
