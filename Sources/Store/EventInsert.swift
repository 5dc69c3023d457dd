internal import GRDB
internal import GRDBSQLite

/// The statement that is executed most: a row of the log, bound without a value in between.
///
/// The usual arguments are an array of boxed values for each execution, and cost more than the row itself.
final class EventInsert {
    private let db: Database
    /// Owns what `raw` points to.
    private let statement: Statement
    private let raw: OpaquePointer

    init(_ db: Database) throws {
        self.db = db
        statement = try db.makeStatement(
            sql: "INSERT INTO events (at, type, run, job, session, block, offset, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        raw = statement.sqliteStatement
    }

    /// Adds a row and returns its number.
    func execute(_ row: Row, data: UnsafeBufferPointer<UInt8>?) throws -> Int64 {
        sqlite3_bind_int64(raw, 1, row.at)
        sqlite3_bind_int64(raw, 2, row.type)
        bind(3, row.run)
        bind(4, row.job)
        bind(5, row.session)
        bind(6, row.block)
        bind(7, row.offset)
        if let data, let start = data.baseAddress {
            // Without a destructor the bytes are not copied: they outlive the step, and the next execution binds its own.
            let text = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
            sqlite3_bind_text(raw, 8, text, Int32(data.count), nil)
        } else {
            sqlite3_bind_null(raw, 8)
        }
        let answer = sqlite3_step(raw)
        sqlite3_reset(raw)
        guard answer == SQLITE_DONE else {
            let words = sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }
            throw DatabaseError(resultCode: ResultCode(rawValue: answer), message: words, sql: statement.sql)
        }
        return db.lastInsertedRowID
    }

    private func bind(_ place: Int32, _ value: Int64?) {
        if let value { sqlite3_bind_int64(raw, place, value) } else { sqlite3_bind_null(raw, place) }
    }

    /// The columns of a row, but for its data.
    struct Row {
        var at: Int64
        var type: Int64
        var run: Int64?
        var job: Int64?
        var session: Int64?
        var block: Int64?
        var offset: Int64?
    }
}
