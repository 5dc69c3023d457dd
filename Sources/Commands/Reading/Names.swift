import Model
import Settings
import Store

/// What runs, jobs, sessions, threads and messages that people name stand for.
enum Names {
    /// The events that belong to any of `targets`: of a message or a thread, those of the jobs that it is of.
    ///
    /// Throws when there can be none: an empty filter would let every event of the store through.
    static func events(of targets: [Named], in reader: StoreReader) throws -> EventFilter {
        var filter = EventFilter()
        for target in targets {
            switch target {
            case .run(let id): filter.runs.insert(id)
            case .job(let id): filter.jobs.insert(id)
            case .session(let id): filter.sessions.insert(id)
            case .message(let id):
                let message = try reader.message(id)
                if let job = message?.job { filter.jobs.insert(job) }
                if let session = message?.session { filter.sessions.insert(session) }
            case .thread(let id):
                for message in try reader.messages(thread: id) {
                    if let job = message.job { filter.jobs.insert(job) }
                    if let session = message.session { filter.sessions.insert(session) }
                }
            }
        }
        guard !(filter.runs.isEmpty && filter.jobs.isEmpty && filter.sessions.isEmpty) else {
            let names = targets.map { "\($0.kind) \($0.id.short)" }.joined(separator: ", ")
            throw TuttiError(
                .notFound, "Nothing happened yet that belongs to \(names).",
                hint: "see what there is: tutti ps -a; everything: tutti events")
        }
        return filter
    }

    /// The run that `word` names, or that what it names belongs to.
    static func run(_ word: String, in reader: StoreReader) throws -> Identifier {
        switch try reader.resolve(word) {
        case .run(let id): return id
        case .job(let id): return try reader.job(id)?.run ?? id
        case .session(let id): return try reader.session(id)?.run ?? id
        case .thread(let id), .message(let id):
            throw TuttiError(.usage, "\(id.short) is no run.", hint: "runs are in: tutti ps -a --columns run,run_name")
        }
    }

    /// The run that `target` is or belongs to; nil for a thread, which may be of several.
    static func run(of target: Named, in reader: StoreReader) throws -> Identifier? {
        switch target {
        case .run(let id): id
        case .job(let id): try reader.job(id)?.run
        case .session(let id): try reader.session(id)?.run
        case .message(let id): try reader.message(id)?.run
        case .thread: nil
        }
    }

    /// The jobs that ask one of `modules` in the run `named`.
    static func jobs(of modules: [String], in named: Named, _ reader: StoreReader) throws -> [Named] {
        guard case .run(let run) = named else {
            throw TuttiError(
                .usage, "-m picks a module of a run, and \(named.id.short) is a \(named.kind).", hint: "leave out -m")
        }
        var filter = ListFilter()
        filter.runs = [run]
        filter.limit = .max
        let jobs = try reader.jobs(filter)
        let known = jobs.compactMap(\.module)
        for module in modules where !known.contains(module) {
            throw TuttiError(
                .notFound, "Run \(run.short) does not ask the module \"\(module)\".",
                hint: Suggestion.start(for: module, among: known) + "what it asks: tutti show \(run.short)")
        }
        return jobs.filter { $0.module.map(modules.contains) ?? false }.map { .job($0.id) }
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
