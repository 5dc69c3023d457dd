import Foundation
package import Model
import Sessions
package import Store

/// Deletes runs that are over: what the store has of them, and the folders of their sessions.
///
/// In this order, in short transactions with pauses between them, so that no writer waits long:
///
/// 1. The runs are marked as being deleted. From here on nobody opens them again, and what is cut short now is finished by the
///    next cleaning.
/// 2. The log is looked through once, and their events are deleted.
/// 3. Run by run: the pieces that search knows, then jobs with sessions, messages and usage, at last the run's own row.
/// 4. The folder of a session goes when the store does not know the session any more. The other way round a killed cleaning would
///    leave sessions whose recordings are gone, which is what a loss looks like; a folder of no session is only one to remove.
package struct Cleaning {
    /// What was, or would be, deleted.
    package struct Count: Sendable, Hashable {
        package var runs = 0
        package var jobs = 0
        package var sessions = 0
        package var messages = 0
        package var threads = 0
        package var events = 0
        package var keptAnswers = 0
        /// Folders of sessions that the store knew, and of sessions that nobody knows.
        package var folders = 0
        package var strayFolders = 0
        /// What the folders take on the disk.
        package var bytes: Int64 = 0
        /// Folders that stay for now: something in them cannot be removed, or a process of the session lives.
        package var leftFolders = 0
        /// Ended before its end, because somebody wanted that.
        package var isCutShort = false

        /// Nothing.
        package init() {}
    }

    /// What there is to do.
    package struct Plan: Sendable {
        package var runs: [DeletableRun]
        /// Folders of sessions that the store does not know, all older than the scope asks for.
        package var strays: [Identifier]
        var keptAnswers: [(key: String, at: Timestamp)]
        /// What it comes to; of the log it is only known how much there is when it was looked through.
        package var count = Count()

        /// True when there is nothing to do.
        package var isEmpty: Bool { runs.isEmpty && strays.isEmpty && keptAnswers.isEmpty }
    }

    private let store: Store
    private let folders: SessionFolders
    /// Asked between two steps: whether to go on.
    private let mayGoOn: () -> Bool

    /// A cleaning of `store`, which ends early when `mayGoOn` says no.
    package init(_ store: Store, mayGoOn: @escaping () -> Bool = { true }) {
        self.store = store
        folders = SessionFolders(root: store.stateFolder + "/sessions")
        self.mayGoOn = mayGoOn
    }

    /// What `scope` comes to. Folders that nobody knows belong to a scope with an age and without names.
    package func plan(_ scope: DeletionScope) throws -> Plan {
        let there = folders.sessions()
        let isAll = scope.endedBefore != nil && scope.runs.isEmpty
        let (found, unknown) = try store.read { reader in
            let runs = try reader.deletableRuns(scope)
            let kept = try reader.keptAnswers(before: isAll ? scope.endedBefore : nil, of: runs.map(\.id))
            let known = try isAll ? reader.known(sessions: there) : []
            return (
                Plan(runs: runs, strays: [], keptAnswers: kept), isAll ? there.filter { !known.contains($0) } : []
            )
        }
        var plan = found
        // A session is written before its folder is made, so that a folder without one is never a new session's.
        if let before = scope.endedBefore {
            plan.strays = unknown.filter { folders.lastWritten($0).map { $0 < before } ?? false }
        }
        for run in plan.runs {
            plan.count.runs += 1
            plan.count.jobs += run.jobs
            plan.count.sessions += run.sessions.count
            plan.count.messages += run.messages
            for session in run.sessions { plan.count.bytes += folders.bytes(of: session) }
        }
        plan.count.keptAnswers = plan.keptAnswers.count
        plan.count.strayFolders = plan.strays.count
        for session in plan.strays { plan.count.bytes += folders.bytes(of: session) }
        return plan
    }

    /// Does it. What was begun by others meanwhile (a run that somebody tries again) stays.
    package func perform(_ plan: Plan) throws -> Count {
        var count = Count()
        let runs = try begin(plan.runs.map(\.id))
        // A cleaning that was cut short may have left nothing but the folders.
        try deleteEvents(of: runs, &count)
        for run in runs where goesOn(&count) { try delete(run, &count) }
        for start in stride(from: 0, to: plan.keptAnswers.count, by: 100) where goesOn(&count) {
            let some = Array(plan.keptAnswers[start..<min(start + 100, plan.keptAnswers.count)])
            count.keptAnswers += try pace { try store.writeAndWait(.stream) { try $0.delete(keptAnswers: some) } }
        }
        if goesOn(&count) { remove(plan.strays, isStray: true, &count) }
        return count
    }

    private func goesOn(_ count: inout Count) -> Bool {
        if !count.isCutShort, !mayGoOn() { count.isCutShort = true }
        return !count.isCutShort
    }

    private func begin(_ runs: [Identifier]) throws -> [Identifier] {
        var begun: [Identifier] = []
        for start in stride(from: 0, to: runs.count, by: 100) {
            let some = Array(runs[start..<min(start + 100, runs.count)])
            begun += try pace { try store.writeAndWait { try $0.beginDeleting(some, at: .now) } }
        }
        return begun
    }

    /// Numbers of the log that are looked at in one snapshot, and events that one transaction deletes.
    private static let window: Int64 = 20_000
    private static let portion = 500

    private func deleteEvents(of runs: [Identifier], _ count: inout Count) throws {
        guard !runs.isEmpty else { return }
        let (first, newest) = try store.read { (try $0.firstEvent(of: runs), try $0.newestEvent()) }
        var cursor = first
        while cursor < newest, goesOn(&count) {
            let (events, next) = try store.read {
                try $0.eventsToDelete(of: runs, after: cursor, window: Cleaning.window)
            }
            for start in stride(from: 0, to: events.count, by: Cleaning.portion) where goesOn(&count) {
                let some = Array(events[start..<min(start + Cleaning.portion, events.count)])
                count.events += try pace { try store.writeAndWait(.stream) { try $0.delete(events: some) } }
            }
            cursor = next
        }
    }

    private func delete(_ run: Identifier, _ count: inout Count) throws {
        while goesOn(&count) {
            if try pace({ try store.writeAndWait(.stream) { try $0.deleteBlocks(of: run) } }) == 0 { break }
        }
        while goesOn(&count) {
            // On the disk before the folders go: a power cut must not bring sessions back whose recordings are gone.
            let deleted = try pace { try store.writeAndWait { try $0.deleteJobs(of: run, limit: 20, at: .now) } }
            if deleted.jobs == 0 { break }
            count.jobs += deleted.jobs
            count.messages += deleted.messages
            count.threads += deleted.threads
            count.sessions += deleted.sessions.count
            remove(deleted.sessions, isStray: false, &count)
        }
        guard !count.isCutShort else { return }
        let isGone = try store.writeAndWait { try $0.deleteRun(run) }
        if isGone { count.runs += 1 }
    }

    private func remove(_ sessions: [Identifier], isStray: Bool, _ count: inout Count) {
        // What cannot be looked at stays for the next time.
        let alive = (try? folders.alive(among: Set(sessions))) ?? Set(sessions)
        for session in sessions {
            guard !alive.contains(session), let bytes = folders.remove(session) else {
                count.leftFolders += 1
                continue
            }
            count.bytes += bytes
            if isStray { count.strayFolders += 1 } else { count.folders += 1 }
        }
    }

    /// Does one step, and then rests as long as it took: others write in half of the time at least.
    private func pace<T>(_ step: () throws -> T) rethrows -> T {
        let began = ContinuousClock.now
        let result = try step()
        let took = began.duration(to: .now).components
        Thread.sleep(forTimeInterval: min(0.05, Double(took.seconds) + Double(took.attoseconds) / 1e18))
        return result
    }
}
