import Model
import Scheduler
import Settings
import Store

/// Fires what is due: asks the machine about each schedule, and does what it says.
struct ScheduleKeeper {
    private let coordinator: Coordinator
    private let surroundings: Surroundings
    private let tell: (ServingNews) -> Void
    /// The rules of the schedules that were seen last.
    private var rules: [ScheduleDraft: Schedule] = [:]
    /// When the next occurrence is to start, and of which schedule.
    private(set) var next: (name: String, at: Timestamp)?

    /// A keeper that fires as `coordinator`.
    init(_ coordinator: Coordinator, _ surroundings: Surroundings, tell: @escaping (ServingNews) -> Void) {
        self.coordinator = coordinator
        self.surroundings = surroundings
        self.tell = tell
    }

    /// Does what is due at `now`; throws only when the store cannot be read or written, and then nothing was dealt with.
    mutating func look(at now: Timestamp) throws {
        let rows = try coordinator.store.read { try $0.schedules() }
        let old = rules
        rules = [:]
        next = nil
        for row in rows {
            // Checked when it was added. What cannot be read any more has its reason where it is listed.
            guard let schedule = try? old[row.draft] ?? Schedule(row.draft) else { continue }
            rules[row.draft] = schedule
            let standing = try act(on: row, schedule, at: now)
            guard let start = schedule.next(at: now, standing) else { continue }
            if next.map({ start < $0.at }) ?? true { next = (row.name, start) }
        }
    }

    /// Does what is to be done about one schedule, and gives how far it has come then.
    private func act(on row: ScheduleRow, _ schedule: Schedule, at now: Timestamp) throws -> Schedule.Standing {
        let standing = Schedule.Standing(row.place)
        let decision = try schedule.decide(at: now, standing) {
            try coordinator.store.read { try !$0.unfinishedRuns(ofSchedule: row.id).isEmpty }
        }
        guard let occurrence = decision.start else {
            guard decision.standing != standing else { return standing }
            let busy = decision.overlapped > 0 ? "the run before was not over" : nil
            let late = decision.missed > 0 && schedule.catchUp != .none ? "it was too late for it to begin" : nil
            // What stood in the way of the one before still does, as far as anybody knows.
            guard try coordinator.pass(row, to: decision.standing, trouble: busy ?? late ?? row.trouble) else {
                return decision.standing
            }
            tellOthers(row, decision)
            if let waiting = decision.standing.waiting, waiting != standing.waiting {
                tell(.waits(row.name, occurrence: waiting))
            }
            return decision.standing
        }
        let prepared: PreparedRun
        do {
            let batch = try ScheduledBatch(row.draft, environment: surroundings.environment)
            try surroundings.mayRun(batch.configuration)
            prepared = try batch.prepare(.occurrence(occurrence), at: now)
        } catch {
            let told =
                error as? TuttiError
                ?? TuttiError(.internalError, "\(error)", hint: "this is a bug in Tutti; see: tutti doctor")
            // Dealt with: a person who has mended it starts it by hand, or waits for the next.
            guard try coordinator.pass(row, to: decision.standing, trouble: "\(told.message)\n\(told.hint)") else {
                return decision.standing
            }
            tell(.trouble(row.name, told))
            return decision.standing
        }
        guard let ticket = try coordinator.fire(prepared, of: row, decision) else { return decision.standing }
        tellOthers(row, decision)
        tell(.fired(row.name, occurrence: occurrence, run: ticket.run, replaces: decision.replaces))
        return decision.standing
    }

    private func tellOthers(_ row: ScheduleRow, _ decision: Schedule.Decision) {
        if decision.missed > 0 { tell(.missed(row.name, decision.missed)) }
        if decision.overlapped > 0 { tell(.overlapped(row.name, decision.overlapped)) }
    }
}
