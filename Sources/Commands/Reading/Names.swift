import Model
import Store

/// What people type for runs, jobs, sessions, threads and messages.
enum Names {
    /// What `word` names: a unique prefix of an identifier, `@last`, `@last-failed`, or `ID/2` for a job's second attempt.
    static func find(_ word: String, in reader: StoreReader) throws -> Named {
        guard let slash = word.lastIndex(of: "/"), let attempt = Int(word[word.index(after: slash)...]) else {
            return try reader.resolve(word)
        }
        let named = try reader.resolve(String(word[..<slash]))
        guard case .job(let job) = named else {
            throw TuttiError(
                .usage, "\"\(word)\": only a job has attempts, and \(named.id.short) is a \(named.kind).",
                hint: "see its sessions: tutti show \(named.id.short)")
        }
        var filter = ListFilter()
        filter.jobs = [job]
        filter.limit = 1000
        guard let session = try reader.sessions(filter).first(where: { $0.attempt == attempt }) else {
            throw TuttiError(
                .notFound, "Job \(job.short) has no attempt \(attempt).",
                hint: "see its attempts: tutti show \(job.short)")
        }
        return .session(session.id)
    }

    /// The sessions that `named` stands for: all of a run, the latest of a job or message.
    static func sessions(of named: Named, in reader: StoreReader) throws -> [SessionRow] {
        var filter = ListFilter()
        filter.limit = 10_000
        switch named {
        case .run(let id): filter.runs = [id]
        case .job(let id): filter.jobs = [id]
        case .session(let id): return try reader.session(id).map { [$0] } ?? []
        case .message(let id):
            guard let session = try reader.message(id)?.session else { return [] }
            return try reader.session(session).map { [$0] } ?? []
        case .thread(let id):
            let ids = try reader.messages(thread: id).compactMap(\.session)
            var seen: Set<Identifier> = []
            return try ids.filter { seen.insert($0).inserted }.compactMap { try reader.session($0) }
        }
        let found = try reader.sessions(filter).sorted { $0.row < $1.row }
        if case .job = named { return found.suffix(1) }
        return found
    }
}
