internal import GRDB
package import Model
internal import StreamJSON

extension StoreReader {
    /// All schedules, by name.
    package func schedules() throws -> [ScheduleRow] { try scheduleRows("ORDER BY s.name", []) }

    /// The schedule of this name, or whose identifier begins like this; names go first.
    ///
    /// Throws a `TuttiError` that lists the candidates when there are several, or says what to do when there is none.
    package func schedule(named word: String) throws -> ScheduleRow {
        if let named = try scheduleRows("WHERE s.name = ?", [word]).first { return named }
        var found: [ScheduleRow] = []
        if let prefix = Identifier.fold(word), prefix.utf8.count >= 4 {
            found = try scheduleRows("WHERE s.id >= ? AND s.id < ? ORDER BY s.id LIMIT 8", [prefix, prefix + "~"])
        }
        guard let only = found.first else {
            throw TuttiError(
                .notFound, "There is no schedule \(word)", hint: "see what there is: tutti schedule ls")
        }
        guard found.count == 1 else {
            let list = found.map { "  \($0.id.text)  \($0.name)" }.joined(separator: "\n")
            throw TuttiError(.usage, "\(word) can be several:\n\(list)", hint: "give more characters")
        }
        return only
    }

    /// The runs of a schedule that are not over, the oldest first.
    package func unfinishedRuns(ofSchedule id: Identifier) throws -> [Identifier] {
        // No character of an occurrence comes after ";", which follows ":".
        let prefix = ScheduleRow.keyPrefix(of: id)
        let statement = try db.cachedStatement(
            sql: "SELECT id FROM runs WHERE key >= ? AND key < ? AND finished_at IS NULL ORDER BY row")
        return try String.fetchAll(statement, arguments: [prefix, prefix.dropLast() + ";"])
            .compactMap { Identifier($0) }
    }

    private func scheduleRows(_ condition: String, _ arguments: StatementArguments) throws -> [ScheduleRow] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT s.*, r.id AS run_id, r.state AS run_state FROM schedules s LEFT JOIN runs r ON r.row = s.run
                \(condition)
                """)
        return try Row.fetchAll(statement, arguments: arguments).map { try schedule($0) }
    }

    private func schedule(_ row: Row) throws -> ScheduleRow {
        func span(_ milliseconds: Int64?) -> Duration? { milliseconds.map { .milliseconds($0) } }
        let trusted = try object(row["trusted"]).members.compactMap { member in
            member.value.string.map { (member.key, $0) }
        }
        let draft = ScheduleDraft(
            id: try identifier(row["id"]), name: row["name"], file: row["file"], directory: row["directory"],
            configFile: row["config"], origin: try word(row["origin"]), cron: row["cron"], timeZone: row["timezone"],
            overlap: row["overlap"], catchUp: row["catch_up"], grace: span(row["grace"]),
            jitter: span(row["jitter"]) ?? .zero, inputs: try object(row["inputs"]),
            trusted: Dictionary(trusted) { first, _ in first },
            createdAt: Timestamp(milliseconds: row["created_at"]))
        return ScheduleRow(
            draft: draft,
            place: SchedulePlace(last: Timestamp(milliseconds: row["last"]), waiting: time(row["waiting"])),
            run: optionalIdentifier(row["run_id"]), runState: optionalWord(row["run_state"]), fired: time(row["fired"]),
            trouble: row["trouble"], troubleAt: time(row["trouble_at"]))
    }

    private func object(_ text: String) throws -> JSONObject {
        guard let object = (try? JSONValue(parsing: text))?.object else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a schedule holds what is no JSON object")
        }
        return object
    }
}
