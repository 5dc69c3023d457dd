internal import GRDB
package import Model

extension StoreWriter {
    /// Writes a schedule. One of the same name is changed in place: it keeps its identifier, and its history while it
    /// happens at the same times. Returns the identifier that it has.
    package func put(_ draft: ScheduleDraft) throws -> Identifier {
        try core.execute(
            """
            INSERT INTO schedules (id, name, file, directory, config, origin, cron, timezone, overlap, catch_up, grace,
                jitter, last, created_at, inputs, trusted)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15)
            ON CONFLICT (name) DO UPDATE SET file = ?3, directory = ?4, config = ?5, origin = ?6, overlap = ?9,
                catch_up = ?10, grace = ?11, jitter = ?12, inputs = ?14, trusted = ?15, trouble = NULL, trouble_at = NULL,
                waiting = CASE WHEN cron = ?7 AND timezone IS ?8 THEN waiting END,
                last = CASE WHEN cron = ?7 AND timezone IS ?8 THEN last ELSE ?13 END, cron = ?7, timezone = ?8
            """,
            [
                draft.id.text, WriterCore.storable(draft.name), WriterCore.storable(draft.file),
                WriterCore.storable(draft.directory), draft.configFile.map(WriterCore.storable), draft.origin.rawValue,
                draft.cron, draft.timeZone, draft.overlap, draft.catchUp, draft.grace.map(Self.milliseconds),
                Self.milliseconds(draft.jitter), draft.createdAt.milliseconds, draft.inputs.text,
                JSONObject(draft.trusted.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }).text,
            ])
        let id: String? = try core.value(
            "SELECT id FROM schedules WHERE name = ?", [WriterCore.storable(draft.name)])
        return try reader.identifier(id ?? "")
    }

    /// Removes a schedule; false when there is none. Its runs stay.
    @discardableResult
    package func removeSchedule(_ id: Identifier) throws -> Bool {
        try core.execute("DELETE FROM schedules WHERE id = ?", [id.text])
        return db.changesCount > 0
    }

    /// Moves a schedule on, if it still stands where it was seen; false when somebody was quicker, or it is gone.
    ///
    /// `trouble` is why an occurrence did not become a run; nil when all is well.
    package func move(
        schedule id: Identifier, from old: SchedulePlace, to new: SchedulePlace, trouble: String?, at: Timestamp
    ) throws -> Bool {
        try core.execute(
            """
            UPDATE schedules SET last = ?4, waiting = ?5, trouble = ?6, trouble_at = CASE WHEN ?6 IS NULL THEN NULL ELSE ?7 END
            WHERE id = ?1 AND last = ?2 AND waiting IS ?3
            """,
            [
                id.text, old.last.milliseconds, old.waiting?.milliseconds, new.last.milliseconds,
                new.waiting?.milliseconds, trouble.map(WriterCore.storable), at.milliseconds,
            ])
        return db.changesCount > 0
    }

    /// Notes the newest run of a schedule, with its occurrence; without one when a person started it.
    package func note(schedule id: Identifier, run: Identifier, fired: Timestamp?) throws {
        try core.execute(
            "UPDATE schedules SET run = ?, fired = coalesce(?, fired), trouble = NULL, trouble_at = NULL WHERE id = ?",
            [try core.row(run, in: "runs", kind: "run"), fired?.milliseconds, id.text])
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product + attoseconds / 1_000_000_000_000_000
    }
}
