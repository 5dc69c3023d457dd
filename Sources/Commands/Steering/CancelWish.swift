import Model
import Store

/// What became of the wish to stop something.
struct CancelWish {
    /// How it stood before it was asked for.
    enum Standing: Hashable {
        case open
        /// Somebody asked before, and it is not over.
        case stopping(since: Timestamp)
        case over(state: String, since: Timestamp?)
    }

    var target: Named
    var before: Standing
    /// So many jobs were asked to stop now.
    var jobs: Int

    /// How `target` stands: a session as its job, because that is what is stopped.
    static func standing(of target: Named, in reader: StoreReader) throws -> Standing {
        switch target {
        case .run(let id):
            guard let run = try reader.run(id) else { throw ShowCommand.gone(target) }
            if run.state.isFinal { return .over(state: run.state.rawValue, since: run.finishedAt) }
            return run.cancelRequestedAt.map { .stopping(since: $0) } ?? .open
        case .job(let id): return try standing(ofJob: id, target, reader)
        case .session(let id):
            guard let session = try reader.session(id) else { throw ShowCommand.gone(target) }
            return try standing(ofJob: session.job, target, reader)
        case .thread, .message: return .open
        }
    }

    private static func standing(ofJob id: Identifier, _ target: Named, _ reader: StoreReader) throws -> Standing {
        guard let job = try reader.job(id) else { throw ShowCommand.gone(target) }
        if job.state.isFinal { return .over(state: job.state.rawValue, since: job.finishedAt) }
        return job.cancelRequestedAt.map { .stopping(since: $0) } ?? .open
    }

    /// One word for programs: `stopping`, `stopping_already`, `over`.
    private var word: String {
        if jobs > 0 { return "stopping" }
        switch before {
        case .over: return "over"
        // Nothing was left to ask: it ended, or was asked, in this very moment.
        case .open, .stopping: return "stopping_already"
        }
    }

    /// The fields of ``record``.
    static let fields = ["id", "kind", "cancelled", "jobs", "standing", "since"]

    /// The wish as a record.
    var record: JSONObject {
        let since: Timestamp? =
            switch before {
            case .open: nil
            case .stopping(let since): since
            case .over(_, let since): since
            }
        return [
            "id": .string(target.id.text), "kind": .string(target.kind), "cancelled": .bool(jobs > 0),
            "jobs": .integer(Int64(jobs)), "standing": .string(word), "since": Records.time(since),
        ]
    }

    /// The wish on one line.
    func line(at now: Timestamp, on surface: Surface) -> String {
        let name = "\(target.kind) \(target.id.short)"
        if jobs > 0 { return "\(name): asked to stop, \(Amounts.count(jobs, "job"))" }
        func ago(_ moment: Timestamp) -> String { Amounts.ago(milliseconds: now.milliseconds - moment.milliseconds) }
        switch before {
        case .open: return "\(name): nothing is left to stop"
        case .stopping(let since): return "\(name): is being stopped already, asked \(ago(since))"
        case .over(let state, let since):
            return "\(name): was over already, \(StateMark.words(state, on: surface))"
                + (since.map { " " + ago($0) } ?? "")
        }
    }
}
