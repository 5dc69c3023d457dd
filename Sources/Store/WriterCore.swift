internal import GRDB
internal import Glibc
internal import Model

/// What the writer thread works with: the connection, the sessions that it follows, and the counters of a commit.
///
/// Lives on the writer thread alone.
final class WriterCore {
    let db: Database
    let path: String
    let stateFolder: String
    /// The schema that this program writes.
    let version: Int
    var tracks: [Int64: SessionTrack] = [:]
    var trackRows: [Identifier: Int64] = [:]
    /// Tracks that were changed since the last commit: they are read anew after a rollback.
    var touched: Set<Int64> = []
    var flushes = DeadlineQueue()
    var saves = DeadlineQueue()
    /// Sessions whose tracks a rollback made untrue: read back by the next group, as nothing else may come for them.
    var discarded: Set<Identifier> = []
    /// Rows written since the commit began.
    var rows = 0
    /// The newest event that this transaction wrote, 0 when none.
    var newestEvent: Int64 = 0
    /// The fence that holds in this transaction. Cleared by every write, which may change it.
    var checkedFence: Fence?
    private var statements: [String: Statement] = [:]
    private var eventInsert: EventInsert?
    /// Memory in which the data of events is put together.
    private var scratch: [UInt8] = []

    init(db: Database, path: String, stateFolder: String, version: Int) {
        self.db = db
        self.path = path
        self.stateFolder = stateFolder
        self.version = version
    }

    /// The prepared statement of `sql`; prepared once.
    func statement(_ sql: String) throws -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try db.makeStatement(sql: sql)
        statements[sql] = statement
        return statement
    }

    /// The texts of all statements so far, for whoever asks how they are executed.
    var preparedTexts: [String] { Array(statements.keys) }

    /// Adds a row to the log and returns its number.
    func insert(_ event: EventInsert.Row, data: UnsafeBufferPointer<UInt8>?) throws -> Int64 {
        rows += 1
        let insert = try eventInsert ?? EventInsert(db)
        eventInsert = insert
        newestEvent = try insert.execute(event, data: data)
        return newestEvent
    }

    /// The same, with data that `write` puts together in memory that is used again.
    func insert(_ event: EventInsert.Row, _ write: (inout [UInt8]) -> Void) throws -> Int64 {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: bytes.capacity < WriterCore.largestScratch)
        write(&bytes)
        defer { swap(&bytes, &scratch) }
        return try bytes.withUnsafeBufferPointer { try insert(event, data: $0) }
    }

    private static let largestScratch = 1 << 20

    /// Executes a prepared statement that writes a row.
    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        rows += 1
        let statement = try statement(sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
    }

    /// The first column of the first row of a prepared query.
    func value<Value: DatabaseValueConvertible>(_ sql: String, _ arguments: StatementArguments) throws -> Value? {
        try Value.fetchOne(try statement(sql), arguments: arguments)
    }

    /// The row number of an identifier in `table`.
    func row(_ id: Identifier, in table: String, kind: String) throws -> Int64 {
        guard let row: Int64 = try value("SELECT row FROM \(table) WHERE id = ?", [id.text]) else {
            throw StoreError.missing(kind: kind, id: id)
        }
        return row
    }

    /// Refuses writes of a coordinator whose work was taken over. Asked once in a transaction: nobody else can change
    /// the answer while it lasts.
    func check(_ fence: Fence) throws {
        if fence == checkedFence { return }
        let epoch: Int64? = try value(
            "SELECT epoch FROM coordinators WHERE id = ? AND ended_at IS NULL", [fence.coordinator.text])
        guard Ownership().mayWrite(held: fence.epoch, recorded: epoch) else { throw StoreError.fenced(fence) }
        checkedFence = fence
    }

    /// Forgets what a rollback made untrue.
    func discardTouched() {
        discardTouchedKeepingCounts()
        touched = []
        rows = 0
        newestEvent = 0
    }

    /// Forgets what the rollback of one write made untrue, while the group goes on.
    func discardTouchedKeepingCounts() {
        // A statement whose last execution failed cannot be executed again: to set its arguments is fatal then.
        statements = [:]
        for row in touched {
            if let track = tracks[row] { discarded.insert(track.id) }
            forget(row)
        }
    }

    /// Forgets a session; it is read anew when it is needed.
    func forget(_ row: Int64) {
        if let track = tracks.removeValue(forKey: row) { trackRows[track.id] = nil }
    }

    /// Text as SQLite can hold it: it ends a text at the first NUL, so that one is written as its picture.
    static func storable(_ text: String) -> String {
        var text = text
        // `utf8.contains(0)` asks byte by byte, and took as long as storing them.
        let holdsNUL = text.withUTF8 { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        }
        guard holdsNUL else { return text }
        return String(text.unicodeScalars.map { $0.value == 0 ? "\u{2400}" : Character($0) })
    }
}

/// Sessions with a deadline each, in order: every deadline lies the same time after its beginning.
struct DeadlineQueue {
    private var entries: [(row: Int64, at: ContinuousClock.Instant)] = []
    private var head = 0

    /// The earliest deadline.
    var next: ContinuousClock.Instant? { head < entries.count ? entries[head].at : nil }

    /// Adds a deadline that is not before those already there.
    mutating func add(_ row: Int64, at: ContinuousClock.Instant) { entries.append((row, at)) }

    /// Takes the earliest one when it has come.
    mutating func pop(at now: ContinuousClock.Instant) -> Int64? {
        guard head < entries.count, entries[head].at <= now else { return nil }
        defer {
            head += 1
            if head > 512, head * 2 > entries.count {
                entries.removeFirst(head)
                head = 0
            }
        }
        return entries[head].row
    }
}
