package import Model
import Scheduler
package import Store

extension Coordinator {
    /// Begins the run of an occurrence, in the transaction that notes that it was dealt with: so it happens once, whoever
    /// else decides the same, and whenever this process is killed.
    ///
    /// Nil when somebody else has dealt with it. An occurrence that has had its run has none again, and cancels nothing: the
    /// schedule says so.
    func fire(_ prepared: PreparedRun, of schedule: ScheduleRow, _ decision: Schedule.Decision) throws -> RunTicket? {
        let (now, new) = (Timestamp.now, SchedulePlace(decision.standing))
        let isNew = try store.writeAndWait(.full, as: fence) { [fence] writer in
            func move(trouble: String?) throws -> Bool {
                try writer.move(schedule: schedule.id, from: schedule.place, to: new, trouble: trouble, at: now)
            }
            if let key = prepared.run.key, let former = try writer.reader.run(key: key) {
                _ = try move(
                    trouble:
                        "The occurrence of \(decision.start?.iso8601 ?? key) has had its run already, \(former.id.short).\n"
                        + "was the clock ahead? ask for another one: tutti schedule run-now \(schedule.name)")
                return false
            }
            guard try move(trouble: nil) else { return false }
            if decision.replaces {
                let runs = try writer.reader.unfinishedRuns(ofSchedule: schedule.id)
                try writer.requestCancel(runs.map { .run($0) }, at: now)
            }
            _ = try prepared.write(writer, owner: fence.coordinator, at: now)
            try writer.note(schedule: schedule.id, run: prepared.ticket.run, fired: decision.start)
            return true
        }
        guard isNew else { return nil }
        take(prepared.ticket.run)
        return prepared.ticket
    }

    /// Notes how far a schedule has come where no run begins, and why not.
    func pass(_ schedule: ScheduleRow, to standing: Schedule.Standing, trouble: String?) throws -> Bool {
        let (now, new) = (Timestamp.now, SchedulePlace(standing))
        return try store.writeAndWait(.full, as: fence) { writer in
            try writer.move(schedule: schedule.id, from: schedule.place, to: new, trouble: trouble, at: now)
        }
    }

    /// Writes a run of a schedule that a person wants now, for whichever coordinator claims it first.
    package static func enqueue(_ prepared: PreparedRun, of schedule: Identifier, in store: Store) throws -> RunTicket {
        let now = Timestamp.now
        try store.writeAndWait { writer in
            _ = try prepared.write(writer, owner: nil, at: now)
            try writer.note(schedule: schedule, run: prepared.ticket.run, fired: nil)
        }
        return prepared.ticket
    }
}
