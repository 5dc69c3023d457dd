import EventLoop
import Model
import Providers

/// From a spool's bytes to slices and to the verdict.
extension SessionTable {
    /// New bytes of a session's spool.
    func read(_ folder: FollowedFolder, _ bytes: UnsafeRawBufferPointer) {
        guard let session = byFolder[folder] else { return }
        var events: [SpoolEvent] = []
        session.stream.consume(bytes, into: &events)
        session.note(events)
        report(session, events)
        tell(session, .output(session.stream.standing, isTurnOpen: session.isTurnOpen))
    }

    /// A session has printed what may not be read yet: it is not silent.
    func hasUnreadOutput(_ folder: FollowedFolder) {
        guard let session = byFolder[folder] else { return }
        tell(session, .output(session.stream.standing, isTurnOpen: session.isTurnOpen))
    }

    private func report(_ session: LiveSession, _ all: [SpoolEvent]) {
        var events = all
        if let first = events.first, first.end <= session.committed {
            events.removeAll { $0.end <= session.committed }
        }
        guard !events.isEmpty else { return }
        sink(.slice(Slice(session: session.id, events: events, offset: session.stream.offset, readAt: .now)))
    }

    /// The spool has been read to its end, as the machine or the attach wanted.
    func reachedEnd(_ folder: FollowedFolder, _ offset: Int64) {
        guard let session = byFolder[folder] else { return }
        if offset < session.committed, session.machine.reason.cause != .spoolTruncated {
            truncated(session, SpoolGap(expected: session.committed, found: offset))
        }
        let wasCatchingUp = session.machine.isCatchingUp
        tell(session, .caughtUp)
        guard sessions[session.id] === session else { return }
        if session.machine.phase == .reading, let exit = session.exit, offset < exit.spoolLength {
            truncated(session, SpoolGap(expected: exit.spoolLength, found: offset))
        }
        tell(session, .spoolRead)
        if wasCatchingUp, sessions[session.id] === session { sink(.caughtUp(session.id)) }
    }

    /// The spool has become shorter than what was read of it.
    func shrank(_ folder: FollowedFolder, _ offset: Int64, _ length: Int64) {
        guard let session = byFolder[folder] else { return }
        truncated(session, SpoolGap(expected: offset, found: length))
    }

    private func truncated(_ session: LiveSession, _ gap: SpoolGap) {
        guard session.machine.reason.cause != .spoolTruncated else { return }
        sink(.gap(session.id, gap))
        tell(session, .truncated)
    }

    /// Asks the dialect for its verdict, reports it, and forgets the session.
    func conclude(_ session: LiveSession, _ reason: SessionMachine.Reason) {
        // Written between the host's end and now, when the host was killed in its last act.
        if session.exit == nil { session.exit = try? HostRecords.ending(in: session.folder) }
        let ending = Ending(
            exit: session.exit, cause: reason.cause, stderr: HostRecords.standardError(in: session.folder))
        var events: [SpoolEvent] = []
        var outcome = session.stream.finish(ending, into: &events)
        let hasNotRun = reason.cause == .startFailed || reason.cause == .neverStarted
        if reason.cause == .spoolTruncated || (hasNotRun && session.exit == nil) {
            // What was read is not the whole, or is nothing: no verdict of the dialect counts.
            outcome.state = .failed
            // Of an ending that an earlier coordinator began only the class is known.
            outcome.failure = reason.failure ?? outcome.failure
        } else if let failure = reason.failure, outcome.failure?.class == failure.class {
            outcome.failure = failure
        }
        if outcome.state == .completed, reason.isOurs { outcome.endedBy = "tutti" }
        sessions[session.id] = nil
        release(session)
        let last = Slice(session: session.id, events: events, offset: session.stream.offset, readAt: .now)
        sink(.ended(session.id, ending, outcome, last: last))
    }
}
