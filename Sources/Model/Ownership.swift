/// Who may write about a session, who may take one over, and when a provider may be started.
///
/// The facts live in four places, each with one way to change it:
/// the **lock** of a coordinator (held while its process lives), the **epoch** in its row (bumped by whoever takes its
/// work over, in the same transaction), the **fence** of a session (grows with each new owner; its host obeys only the
/// highest it has seen), and the **claim** file in the session's folder (created once, by the host that starts the
/// provider or by an adopter that decides that no host ever will).
/// These functions are all the judgement there is; a test walks every interleaving of two coordinators and a host over
/// them, and over variants with one rule broken.
package protocol OwnershipRules: Sendable {
    /// May a coordinator that began with `held` write, when its row now says `recorded`? Asked inside the transaction.
    func mayWrite(held: Int64, recorded: Int64?) -> Bool

    /// May a coordinator take over the work of another one? `lockTaken`: the caller itself holds the other's lock now, and
    /// keeps it until the adopting transaction is over.
    func mayAdopt(lockTaken: Bool, epochSeen: Int64, epochNow: Int64) -> Bool

    /// The epoch of the coordinator whose work was taken over, after the adopting transaction.
    func epochAfterAdoption(_ epoch: Int64) -> Int64

    /// The fence of a session after a new owner took it over.
    func fenceAfterAdoption(_ fence: Int64) -> Int64

    /// What the owner of a session does with it, from what lies in its folder.
    func takeUp(_ facts: SessionFacts) -> TakeUp

    /// May a host obey a connection that names `fence`?
    func hostObeys(fence: Int64, highestSeen: Int64) -> Bool

    /// May another attempt of a job begin? `unfinished`: sessions of the job that are not final in the store.
    func mayBegin(unfinished: Int, jobIsFinal: Bool) -> Bool
}

/// What an owner finds of a session: its folder, and the process that wrote it.
package struct SessionFacts: Sendable, Hashable {
    /// `exit.json` is there.
    package var hasExit: Bool
    /// The claim file is there, and who made it.
    package var claim: Claim?
    /// The host's process is alive (pid, start time, boot id and pid namespace match its record).
    package var hostAlive: Bool

    /// Who created the claim file.
    package enum Claim: Sendable, Hashable {
        case host, adopter
    }

    /// Facts as they were just read.
    package init(hasExit: Bool, claim: Claim?, hostAlive: Bool) {
        self.hasExit = hasExit
        self.claim = claim
        self.hostAlive = hostAlive
    }
}

/// What to do with a session that one owns.
package enum TakeUp: Sendable, Hashable {
    /// Read the spool to its end and record the ending that `exit.json` tells.
    case recordEnding
    /// Follow the spool; the host lives.
    case follow
    /// Create the claim file, so that no host can start any more; then look again.
    case plantClaim
    /// The host died: end what is left of its tree, read the spool to its end, and give the verdict without an exit.
    case declareDead
    /// No provider was ever started, and none will be.
    case neverStarted
}

/// The rules as Tutti keeps them.
package struct Ownership: OwnershipRules {
    /// The rules; they hold no state.
    package init() {}

    /// True when the fence that is held is still the recorded one: nobody has taken over.
    package func mayWrite(held: Int64, recorded: Int64?) -> Bool { recorded == held }

    /// True for whoever has the dead one's lock, when nobody else has taken over since it was looked at.
    package func mayAdopt(lockTaken: Bool, epochSeen: Int64, epochNow: Int64) -> Bool {
        // Without the second half, two adopters that looked at the same moment would both bump the epoch, one after the
        // other, and the second would take over what the first has begun to record.
        lockTaken && epochSeen == epochNow
    }

    /// The epoch to record: one more, so that whoever looked before sees that it came too late.
    package func epochAfterAdoption(_ epoch: Int64) -> Int64 { epoch + 1 }

    /// The fence to record: one more, so that the writes of the one before are refused.
    package func fenceAfterAdoption(_ fence: Int64) -> Int64 { fence + 1 }

    /// What the facts, read by whoever owns the session, call for.
    package func takeUp(_ facts: SessionFacts) -> TakeUp {
        if facts.hasExit { return .recordEnding }
        switch facts.claim {
        case .none: return .plantClaim
        case .adopter: return .neverStarted
        case .host: return facts.hostAlive ? .follow : .declareDead
        }
    }

    /// True unless the host has heard from a later owner.
    package func hostObeys(fence: Int64, highestSeen: Int64) -> Bool { fence >= highestSeen }

    /// True when no attempt of the job is open, and the job is not over.
    package func mayBegin(unfinished: Int, jobIsFinal: Bool) -> Bool { unfinished == 0 && !jobIsFinal }
}
