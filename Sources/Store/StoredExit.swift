internal import Foundation
internal import Model

/// How the record of a process's end is kept: as its JSON.
enum StoredExit {
    /// The record as JSON.
    static func text(_ record: ExitRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(record), as: UTF8.self)
    }

    /// The record of its JSON; nil when a later program wrote it in a way that is not known here.
    static func record(_ text: String) -> ExitRecord? {
        try? JSONDecoder().decode(ExitRecord.self, from: Data(text.utf8))
    }
}
