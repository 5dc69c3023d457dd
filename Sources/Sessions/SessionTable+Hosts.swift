import EventLoop
import Model

/// The comings and goings of hosts: our own, and those of coordinators before us.
extension SessionTable {
    /// What the starter says of a session.
    func started(_ id: Identifier, _ report: Starter.Report) {
        guard let session = sessions[id] else { return }
        switch report {
        case .prepared: follow(session)
        case .starting: tell(session, .spawning)
        case .postponed:
            // What waited to be said was for a host that does not exist.
            session.control?.close()
            session.control = nil
            tell(session, .postponed)
        case .notStarted(let failure): tell(session, .notSpawned(failure))
        case .hostEnded(let status):
            if session.identity == nil { lookForIdentity(session) }
            hostIsGone(session, status)
        case .cleanedUp: tell(session, .cleanedUp)
        case .probed(let exists): probed(session, exists)
        }
    }

    /// The host's record of itself (0) or of the ending (1) is there.
    func appeared(_ folder: FollowedFolder, _ name: Int) {
        guard let session = byFolder[folder] else { return }
        if name == 0 { lookForIdentity(session) } else { lookForEnding(session) }
    }

    private func lookForIdentity(_ session: LiveSession) {
        guard session.identity == nil else { return }
        let found: HostIdentity?
        do throws(NoDescriptor) { found = try HostRecords.identity(in: session.folder) } catch { return retry(session) }
        guard let identity = found else { return }
        session.identity = identity
        sink(.started(session.id, identity))
        let since = session.isAttached ? identity.startedAt ?? .now : .now
        tell(session, .hostStarted(since: since))
        session.control?.hostIsReady()
        if let input = session.firstInput {
            session.firstInput = nil
            control(of: session).send(input: input)
        }
    }

    /// Looks again at what could not be looked at.
    func lookAgain(_ session: LiveSession) {
        lookForIdentity(session)
        guard session.machine.isAlive, !lookForEnding(session) else { return }
        if session.hostEnd.isSeen {
            hostIsGone(session, session.hostEnd.status)
        } else if session.isAttached {
            lookForHost(session)
        }
    }

    private func retry(_ session: LiveSession, after wait: Duration = .milliseconds(50)) {
        session.retryAt = .now + wait
        watchTime(of: session)
    }

    /// True when the host has recorded the ending, or when that cannot be told at the moment.
    @discardableResult
    private func lookForEnding(_ session: LiveSession) -> Bool {
        if session.exit != nil { return true }
        let found: ExitRecord?
        do throws(NoDescriptor) { found = try HostRecords.ending(in: session.folder) } catch {
            retry(session)
            return true
        }
        guard let exit = found else { return false }
        session.exit = exit
        if session.identity == nil { lookForIdentity(session) }
        tell(session, .exited)
        return true
    }

    /// The host's process has ended; its record, if there is one, was renamed into place before.
    private func hostIsGone(_ session: LiveSession, _ status: Int32? = nil) {
        session.hostEnd = (status, true)
        guard session.machine.isAlive, !lookForEnding(session) else { return }
        if session.identity == nil, let status, status > 0, session.machine.reason.cause == nil {
            // It ended by itself before it started anything: wrong arguments, no folder, no descriptor.
            let words = "the host ended with status \(status) before it started the provider"
            tell(session, .hostFailed(Failure(.startFailed, words)))
            return
        }
        tell(session, .hostGone)
    }

    /// The control connection has ended. For a host whose process cannot be watched this is its end.
    func controlEnded(_ id: Identifier) {
        guard let session = sessions[id] else { return }
        session.control = nil
        if session.isOutOfReach { hostIsGone(session) }
    }

    // MARK: Attaching

    func attach(_ plan: SessionPlan, _ standing: AttachedStanding) {
        guard sessions[plan.id] == nil else { return }
        let session = LiveSession(plan, committed: standing.offset, isAttached: true)
        session.wasStarted = standing.wasStarted
        sessions[plan.id] = session
        tell(session, .spawning)
        // Before anything of it is read: an ending that was begun has the reason that it was begun for.
        if let cause = standing.ending { tell(session, .end(cause)) }
        follow(session)
        lookForIdentity(session)
        if !lookForEnding(session) { lookForHost(session) }
        // The machine looks at nothing that was written before this is done.
        if sessions[plan.id] === session { readToEnd(session) }
    }

    /// Finds out whether the host of an attached session lives, and watches it if so.
    func lookForHost(_ session: LiveSession) {
        guard session.machine.isAlive, session.watch == nil else { return }
        if session.identity == nil { lookForIdentity(session) }
        guard let identity = session.identity else { return lookForClaim(session) }
        switch identity.place {
        case .earlierBoot:
            session.isOutOfReach = true
            takeUp(session, claim: .host, hostAlive: false)
        case .otherNamespace:
            // Its number means nothing here, but a socket has the same name everywhere.
            session.isOutOfReach = true
            control(of: session).connect()
        case .here:
            do {
                guard let process = try identity.openProcess() else {
                    return takeUp(session, claim: .host, hostAlive: false)
                }
                let id = session.id
                let watch = ProcessWatch(loop) { [weak self] in
                    self?.assumeIsolated { table in
                        if let session = table.sessions[id] { table.hostIsGone(session) }
                    }
                }
                session.watch = watch
                try watch.assumeIsolated { try $0.start(pidfd: process) }
            } catch {
                // No descriptor left: it is followed by its files, and looked for again.
                session.watch = nil
                retry(session, after: .seconds(1))
            }
        }
    }

    /// A coordinator may have died between making the folder and hearing from the host: did a host take the session?
    private func lookForClaim(_ session: LiveSession) {
        if session.wasStarted { return probe(session) }
        let claim: SessionFacts.Claim?
        do throws(NoDescriptor) { claim = try SessionFolder.claimant(session.folder) } catch { return retry(session) }
        // Only where a host has claimed it does it matter whether one lives, which takes a look at all processes.
        if claim == .host { probe(session) } else { takeUp(session, claim: claim, hostAlive: false) }
    }

    /// Does with an attached session what the rules of ownership say.
    private func takeUp(_ session: LiveSession, claim: SessionFacts.Claim?, hostAlive: Bool) {
        guard session.machine.isAlive else { return }
        let facts = SessionFacts(hasExit: lookForEnding(session), claim: claim, hostAlive: hostAlive)
        switch Ownership().takeUp(facts) {
        case .recordEnding: return
        case .follow: retry(session, after: .milliseconds(500))
        case .plantClaim:
            // Where it cannot be planted a host was quicker, or the folder cannot be written just now.
            if SessionFolder.claim(session.folder) { lookForClaim(session) } else { retry(session) }
        case .declareDead: hostIsGone(session)
        case .neverStarted:
            let words = "its coordinator died before it had started the provider, and no host will start it any more"
            tell(session, .hostFailed(Failure(.neverStarted, words)))
        }
    }

    /// Whether any process carries the mark of a session whose host has claimed it and said nothing more.
    private func probed(_ session: LiveSession, _ exists: Bool) {
        guard session.machine.isAlive, session.identity == nil else { return }
        session.probes = exists ? 0 : session.probes + 1
        // A process between fork and exec still carries the environment of its parent: so nothing is believed twice only.
        if session.probes == 1 { return retry(session, after: .milliseconds(100)) }
        takeUp(session, claim: .host, hostAlive: exists)
    }
}
