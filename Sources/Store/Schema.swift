internal import GRDB
internal import Model

/// The shape of the store and how older shapes become it.
struct Schema: Sendable {
    /// One step forward. Everything of it happens in the transaction that also raises the version.
    struct Migration: Sendable {
        /// The version that the store has afterwards.
        var version: Int
        var apply: @Sendable (Database) throws -> Void
    }

    /// Steps in ascending order; the last one's version is the schema's.
    var migrations: [Migration]

    /// The version of this schema.
    var version: Int { migrations.last?.version ?? 0 }

    /// What this program writes and reads.
    static let current = Schema(migrations: [
        Migration(version: 1) { db in
            try db.execute(sql: Schema.version1)
            for type in EventType.allCases {
                try db.execute(
                    sql: "INSERT INTO event_types (number, name) VALUES (?, ?)",
                    arguments: [type.number, type.rawValue])
            }
        },
        Migration(version: 2) { db in try db.execute(sql: Schema.version2) },
        Migration(version: 3) { db in try db.execute(sql: Schema.version3) },
    ])

    /// Marks a SQLite file as a store of this program ("Tutt").
    static let applicationID: Int32 = 0x5475_7474
}

extension EventType {
    /// The number that stands for the type in the log. Numbers are for ever: new types take new ones.
    var number: Int64 {
        switch self {
        case .runStarted: 1
        case .runFinished: 2
        case .jobQueued: 3
        case .jobWaiting: 4
        case .jobParked: 5
        case .jobSkipped: 6
        case .jobFinished: 7
        case .sessionQueued: 8
        case .sessionStarted: 9
        case .sessionFirstToken: 10
        case .sessionCompleted: 11
        case .sessionFailed: 12
        case .sessionCancelled: 13
        case .sessionRetrying: 14
        case .sessionLost: 15
        case .sessionOrphaned: 16
        case .sessionAdopted: 17
        case .messageStarted: 18
        case .messageCompleted: 19
        case .textDelta: 20
        case .textReset: 21
        case .textBlock: 22
        case .thinkingDelta: 23
        case .toolStarted: 24
        case .toolCompleted: 25
        case .table: 26
        case .chart: 27
        case .metric: 28
        case .planStep: 29
        case .progress: 30
        case .usage: 31
        case .needsInput: 32
        case .delivery: 33
        case .status: 34
        case .raw: 35
        case .gap: 36
        case .heartbeat: 37
        case .error: 38
        }
    }

    /// The type of a number in the log; a number of a later program is read as `raw`.
    static func numbered(_ number: Int64) -> EventType { byNumber[number] ?? .raw }

    private static let byNumber = Dictionary(uniqueKeysWithValues: allCases.map { ($0.number, $0) })
}
