import Model
import Providers
import Sessions
import Store
import StreamJSON

/// Makes the rows of an adopted session again where another version of its dialect had made them.
///
/// Otherwise one half of an answer would be what the old version read, and the other what the new one does. All of one
/// session is one transaction: nobody sees an answer without its beginning. It comes after the adoption, so that a recording
/// which cannot be read keeps nobody from taking over the rest, and before the session is followed: until then nothing is
/// written of it.
enum Rereading {
    /// How the session's output is read now, when another version of its dialect was in charge of it.
    static func reader(for row: SessionRow) -> ProviderDefinition? {
        // An unknown definition would be read as plain text, which is no better reading of it.
        let definition = (try? JSONValue(parsing: row.definition)).flatMap { StoredDefinition.definition($0) }
        return definition.flatMap { $0.makeStream().version == row.dialectVersion ? nil : $0 }
    }

    /// The session as it is afterwards; nil when its rows cannot be made again. `counted` is what had been counted of the
    /// provider's own session before this one went on with it.
    ///
    /// Goes through the spool piece by piece, so that the memory does not grow with it. A spool that holds less than was
    /// recorded is left alone: its rows are the only copy, and following it tells what is missing.
    static func perform(
        _ row: SessionRow, by definition: ProviderDefinition, counted: Usage?, _ writer: StoreWriter, fence: Fence
    ) throws -> SessionRow? {
        guard let job = try writer.reader.job(row.job), let thread = job.thread, let message = job.message,
            let run = try writer.reader.run(row.run),
            var spool = try SpoolReader(folder: row.folder, definition: definition, counted: counted, upTo: row.offset)
        else { return nil }
        let version = definition.makeStream().version
        let before = try writer.takeBack(row.id, dialectVersion: version, at: .now)
        let schema = (try? JSONValue(parsing: run.spec))?["schema"]
        var track = SessionTrack(
            run: row.run, job: row.job, thread: thread, module: row.module, message: message, fence: fence,
            provider: row.provider, closesEarly: schema == nil && run.kind != "batch")
        track.turns = before.turns
        while let (events, offset) = try spool.next() {
            let (slice, _) = try Recorder.translate(events, of: row.id, to: offset, &track) { end in
                try before.times.time(at: end)
            }
            try writer.apply(slice)
        }
        return try writer.settle(row.id)
    }
}
