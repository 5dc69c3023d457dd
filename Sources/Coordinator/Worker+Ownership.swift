import EventLoop
import Model
import Providers
import Scheduler
import Sessions
import Store
import StreamJSON

extension Worker {
    /// Takes over the runs of coordinators that died, and those that nobody has claimed yet.
    func adoptAll() {
        for dead in (try? store.read { try $0.deadCoordinators() }) ?? [] where dead.id != id { adopt(dead) }
        for run in (try? store.read { try $0.unclaimedRuns() }) ?? [] {
            let claimed = try? store.writeAndWait(as: fence) { [fence] in try $0.claim(run: run, for: fence) }
            if claimed == true { take(run) }
        }
        // After the adoptions: what could not be adopted just now keeps its file.
        try? CoordinatorLock.removeAbandoned(in: store.stateFolder + "/coordinators") {
            try store.read { try $0.ownersOfWork() }
        }
    }

    private func adopt(_ dead: CoordinatorRow) {
        // Holding its lock says that it is gone and keeps other adopters out until the transaction is over.
        guard let lock = try? CoordinatorLock.acquire(dead.id, in: store.stateFolder + "/coordinators") else { return }
        let adoption = try? store.writeAndWait(as: fence) { [fence] writer in
            try writer.adopt(coordinator: dead.id, at: dead.epoch, into: fence, at: .now)
        }
        // Where it failed, the file goes on saying that work is left.
        lock.release(leavesWork: (adoption ?? nil) == nil)
        guard let adoption = adoption ?? nil else { return }
        note(.tookOver(dead.id, runs: adoption.runs.count, sessions: adoption.sessions.count))
        for run in adoption.runs { take(run.id) }
        arrivals.add(adoption.sessions, of: dead)
    }

    /// Begins to follow those adopted sessions whose turn it is.
    func followArrivals() { follow(arrivals.next()) }

    /// Begins to follow these sessions, which other coordinators have started.
    func follow(_ arrivals: [Arrivals.Arrival]) {
        let arrivals = arrivals.compactMap { reread($0) }
        guard !arrivals.isEmpty else { return }
        let rows = arrivals.map(\.session.row)
        let messages = (try? store.read { try $0.openMessages(ofSessions: rows) }) ?? [:]
        for arrival in arrivals { attach(arrival, message: messages[arrival.session.row]) }
    }

    /// Makes what another version of its dialect recorded of a session again; nil when it must wait for that.
    private func reread(_ arrival: Arrivals.Arrival) -> Arrivals.Arrival? {
        let session = arrival.session
        // What had been counted before it stands in its run.
        if runs[session.run] == nil, unread.contains(session.run) {
            arrivals.postpone(arrival)
            return nil
        }
        guard let definition = Rereading.reader(for: session) else { return arrival }
        guard session.offset > 0 else {
            let version = definition.makeStream().version
            commit.write { try $0.setSession(session.id, dialectVersion: version) }
            return arrival
        }
        let place = sessions[session.id]
        let counted = place.flatMap { runs[$0.run]?.jobs[$0.index].resumed?.used }
        do {
            let row = try store.writeAndWait(as: fence) { [fence] writer in
                try Rereading.perform(session, by: definition, counted: counted, writer, fence: fence)
            }
            return row.map { Arrivals.Arrival(session: $0, former: arrival.former) } ?? arrival
        } catch is NoDescriptor {
            arrivals.postpone(arrival)
            return nil
        } catch {
            // What is there stays, and the rest is read as well as it can be.
            let words = "what an earlier version of the reader recorded stays as it is, as it cannot be made again: "
            commit.append(
                Event(
                    time: .now, type: .status, run: session.run, job: session.job, session: session.id,
                    module: session.module, data: ["text": .string(words + "\(error)")]))
            return arrival
        }
    }

    /// Follows a session that another coordinator has started, which is dead now.
    private func attach(_ arrival: Arrivals.Arrival, message: Identifier?) {
        let (row, dead) = (arrival.session, arrival.former)
        guard let run = runs[row.run], let index = sessions[row.id]?.index else {
            // Its run may only not be read yet.
            return unread.contains(row.run) ? arrivals.postpone(arrival) : arrivals.arrived(row.id)
        }
        let job = run.jobs[index]
        let value = try? JSONValue(parsing: row.definition)
        // Without a definition nothing can be read; as plain text at least nothing is lost.
        let definition = value.flatMap { StoredDefinition.definition($0) } ?? .builtIn(.plain)
        let plan = SessionPlan(
            id: row.id, folder: row.folder, definition: definition,
            launch: Launch(argv: [], environment: [:], stdin: nil, stdout: .file),
            workingDirectory: row.workingDirectory, limits: job.spec.limits, epoch: row.epoch,
            locks: store.stateFolder + "/coordinators", store: store.path, tutti: surroundings.tutti,
            host: surroundings.host, countedUsage: job.resumed?.used,
            keepsAnswer: run.batch != nil || keepsAnswer(run, run.jobs[index]))
        runs[run.id]?.jobs[index].sessionStarted = .now
        func append(_ type: EventType, _ data: JSONObject) {
            commit.append(
                Event(
                    time: .now, type: type, run: run.id, job: job.id, session: row.id, module: job.module, data: data))
        }
        append(
            .sessionOrphaned,
            ["coordinator": .string(dead.id.text), "last_seen": .string(dead.heartbeat.iso8601)])
        append(.sessionAdopted, ["offset": .integer(row.offset)])
        var track = track(run, job, provider: row.provider, current: message)
        // What was said of it once is not said again.
        track.sawText = row.firstTokenAt != nil
        track.providerSession = row.providerSession
        track.stated = (job.resumed?.used ?? Usage(cost: .zero)) + row.usage.usage
        runs[run.id]?.jobs[index].hostIsRecorded = row.host != nil
        // An ending that the session's own watchdogs began is the session's alone: the run knows nothing of it.
        let standing = AttachedStanding(
            offset: row.offset, wasStarted: row.host != nil || row.offset > 0, ending: job.ending ?? row.failureClass)
        commit.then { [recorder, supervisor, track] in
            recorder.begin(row.id, track)
            supervisor.attach(plan, standing)
            if job.isUrgent { supervisor.kill(row.id, cause: standing.ending ?? .cancelled) }
        }
    }
}
