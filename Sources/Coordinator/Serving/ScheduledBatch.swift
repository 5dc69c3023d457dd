package import Batch
package import Model
package import Settings
package import Store

/// The batch of a schedule as it is on disk now, and the runs that are made of it: what `tutti batch run` would begin.
package struct ScheduledBatch: Sendable {
    package let draft: ScheduleDraft
    package let source: BatchSource
    package let file: BatchFile
    package let configuration: Configuration

    /// Reads the batch and the settings of `draft`; runs nothing.
    ///
    /// Throws when one of them cannot be read, and exit status 77 where a file is not as it was when a person added the
    /// schedule.
    package init(_ draft: ScheduleDraft, environment: [String: String]) throws {
        let source = try BatchSource(draft.file)
        guard SHA256.hex(source.bytes) == draft.trusted[draft.file] else {
            throw ScheduledBatch.changed(draft.file, draft)
        }
        let file = try source.file()
        let now = source.fingerprints(of: file)
        if let path = Set(now.keys).union(draft.trusted.keys).sorted().first(where: { now[$0] != draft.trusted[$0] }) {
            throw ScheduledBatch.changed(path, draft)
        }
        try self.init(draft, source, file, environment: environment)
    }

    /// The batch of a schedule that a person is adding: `source` was read just now, for `draft` to be made of it.
    package init(
        _ draft: ScheduleDraft, _ source: BatchSource, _ file: BatchFile, environment: [String: String]
    ) throws {
        self.draft = draft
        self.source = source
        self.file = file
        configuration = try Configuration.load(
            directory: draft.directory, project: source.folder.root, explicit: draft.configFile,
            environment: environment)
    }

    /// The run for an occurrence, or for a person who wants one now: laid out, with a key that no other run can have.
    package func prepare(_ occasion: Occasion, depth: Int = 0, at time: Timestamp) throws -> PreparedRun {
        let values = JSONObject(file.inputs.map { ($0.name, draft.inputs[$0.name] ?? $0.fallback ?? .null) })
        var request = BatchRequest(try source.plan(file, inputs: values), configuration)
        request.configFile = draft.configFile ?? configuration.projectFile
        request.name = draft.name
        request.depth = depth
        request.key = ScheduleRow.keyPrefix(of: draft.id) + occasion.text
        return try PreparedRun(request, at: time)
    }

    /// Why there is a run.
    package enum Occasion: Sendable, Hashable {
        case occurrence(Timestamp)
        case person

        /// As the key of the run ends.
        var text: String {
            switch self {
            case .occurrence(let time): time.iso8601
            case .person: "now:" + Identifier.random().text
            }
        }
    }

    private static func changed(_ path: String, _ draft: ScheduleDraft) -> TuttiError {
        return TuttiError(
            .notAllowed, "\(path) is not as it was when the schedule \(draft.name) was added.",
            hint: "read it, then add the schedule again: \(ShellWords.line(draft.words))")
    }
}

extension ScheduleDraft {
    /// The command that adds it as it is, word by word: left out is what would come without being said.
    package var words: [String] {
        var words = ["tutti", "schedule", "add", file]
        func add(_ option: String, _ value: String?, unless usual: String? = nil) {
            if let value, value != usual { words += [option, value] }
        }
        add("--config", configFile)
        // The entries of a file say all of this themselves.
        guard origin == .command else { return words }
        let usual = ScheduleDraft(name: "", file: "", directory: "", origin: .command, cron: "", createdAt: createdAt)
        add("--cron", cron)
        add("--timezone", timeZone)
        for (name, value) in inputs.members { add("--set", "\(name)=\(value.string ?? value.text)") }
        add("--name", name)
        add("--overlap", overlap, unless: usual.overlap)
        add("--catch-up", catchUp, unless: usual.catchUp)
        add("--grace", grace.map(Quantity.text))
        add("--jitter", Quantity.text(jitter), unless: Quantity.text(usual.jitter))
        return words
    }
}
