import Model
import Settings

/// The key of an earlier answer: a hash over what must be the same.
package enum CacheKey {
    /// What a key is made of.
    package struct Part: Sendable, Hashable {
        /// What the content is of, so that equal contents of two kinds are two keys.
        package var name: String
        /// Absent and empty are two different things.
        package var content: [UInt8]?

        /// A part of this content.
        package init(_ name: String, _ content: [UInt8]?) {
            self.name = name
            self.content = content
        }
    }

    /// SHA-256 over the parts in their order, each with its length before it, so that no two lists of parts come to the
    /// same bytes.
    package static func hash(_ parts: [Part]) -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8]?) {
            hash.update("\(bytes.map { String($0.count) } ?? "-"):".utf8)
            if let bytes { hash.update(bytes) }
        }
        hash.update("tutti cache 2\n".utf8)
        for part in parts {
            add(Array(part.name.utf8))
            add(part.content)
        }
        return SHA256.hex(of: hash.finish())
    }
}

extension ReadyJob {
    /// True when its cache key is made of the contents of files.
    package var readsFilesForItsKey: Bool { settings.cacheKey.contains { $0.hasPrefix("files:") } }
}

extension ReadyJob {
    /// A hash over what is asked and of whom, so that a later run can tell whether it would ask the same: the question or
    /// command, `provider` and `model`, the text of the `schema`, and everything else that says how the session is spawned.
    package func question(provider: String, model: String?, schema: String?) -> String {
        func bytes(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }
        var parts = [
            CacheKey.Part("provider", bytes(provider)), .init("model", bytes(model)), .init("schema", bytes(schema)),
        ]
        switch work {
        case .prompt(let prompt): parts.append(.init("prompt", bytes(prompt)))
        case .run(let words): parts.append(.init("run", bytes(JSONValue.array(words.map { .string($0) }).text)))
        }
        for name in ["tools", "mcp", "approvals", "workspace", "module", "workdir", "env", "verify"] {
            parts.append(.init(name, bytes(settings.json[name]?.text)))
        }
        return CacheKey.hash(parts)
    }
}

extension BatchPlan {
    /// The cache key of a row that is ready, nil when the job keeps no answers.
    ///
    /// `files:PATTERN` stands for the names and contents of the files that the pattern fits; throws when they cannot be
    /// read. Reading them may take long: ``ReadyJob/readsFilesForItsKey`` says whether it comes to that.
    package func cacheKey(of job: ReadyJob, folder: any BatchFolder) throws(BatchFolderError) -> String? {
        guard !job.settings.cacheKey.isEmpty else { return nil }
        var parts: [CacheKey.Part] = []
        func text(_ value: JSONValue?) -> [UInt8]? { value.map { Array($0.text.utf8) } }
        for word in job.settings.cacheKey {
            switch word {
            case "prompt":
                if case .prompt(let prompt) = job.work { parts.append(.init(word, Array(prompt.utf8))) }
            case "run":
                if case .run(let words) = job.work {
                    parts.append(.init(word, text(.array(words.map { .string($0) }))))
                }
            case "inputs": parts.append(.init(word, text(.object(inputs))))
            case "matrix": parts.append(.init(word, text(.object(job.values))))
            case "schema":
                let schema = job.settings.schema.flatMap { texts[$0] }
                parts.append(.init(word, schema.map { Array($0.utf8) }))
            case "profile":
                // Whatever says how the session is spawned.
                for name in ["provider", "model", "tools", "mcp", "approvals", "workspace", "module", "workdir"] {
                    parts.append(.init("profile.\(name)", text(job.settings.json[name])))
                }
            case let files where files.hasPrefix("files:"):
                let pattern = try GlobPattern(String(files.dropFirst("files:".count)))
                parts.append(.init(word, nil))
                for path in try folder.match(pattern, limit: 100_000) where !path.hasSuffix("/") {
                    parts.append(.init(path, Array(try folder.digest(path, limit: 256 << 20).utf8)))
                }
            default: parts.append(.init(word, text(job.settings.json[word])))
            }
        }
        // An answer that is kept has passed its check: one that would be checked by other words is another answer.
        if !job.settings.verify.isEmpty {
            parts.append(.init("verify", text(.array(job.settings.verify.map { .string($0) }))))
        }
        return CacheKey.hash(parts)
    }
}
