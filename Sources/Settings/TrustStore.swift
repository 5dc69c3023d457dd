import Foundation
package import Model

/// Whether a project's file may be acted on.
package enum TrustState: Sendable, Hashable {
    /// It holds nothing that could do harm.
    case notNeeded
    /// The file, and the files that it would run, are as they were when somebody trusted them.
    case trusted
    /// Nobody ever trusted it.
    case untrusted(TrustNeeds)
    /// It was trusted and is different now; the lines of the change.
    case changed(TrustNeeds, diff: [String])
}

/// Remembers which projects' files somebody trusted: their paths and SHA-256, and the trusted text for showing a diff.
///
/// Kept in `$XDG_STATE_HOME/tutti/trust.json`, readable for its owner alone. A file that was damaged trusts nothing.
package struct TrustStore: Sendable {
    private let file: String

    /// The store of the user whose environment this is.
    package init(environment: [String: String]) { self.init(file: Places(environment: environment).trust) }

    init(file: String) { self.file = file }

    /// Whether the project's file of `configuration`, as it was loaded, may be acted on.
    package func state(of configuration: Configuration) -> TrustState {
        let needs = TrustNeeds(configuration)
        guard !needs.reasons.isEmpty, let layer = configuration.layers.first(where: { $0.owner == .project }) else {
            return .notNeeded
        }
        guard let entry = records().projects[key(layer)] else { return .untrusted(needs) }
        var diff: [String] = []
        if entry.sha256 != SHA256.hex(layer.bytes) {
            diff += ["--- \(layer.file)"]
            diff += changes(from: entry.sha256, to: layer.bytes)
        }
        for path in needs.files {
            let current = Fingerprint.read(path)
            guard entry.files[path] != current.hash else { continue }
            diff += ["--- \(path)"]
            diff += entry.files[path].map { changes(from: $0, to: current.bytes ?? []) } ?? ["+ (was not run before)"]
        }
        return diff.isEmpty ? .trusted : .changed(needs, diff: diff)
    }

    /// Throws exit status 77 with the reasons or the diff unless the project's file may be acted on.
    package func require(_ configuration: Configuration) throws(TuttiError) {
        let file = configuration.projectFile ?? "tutti.yaml"
        switch state(of: configuration) {
        case .notNeeded, .trusted: return
        case .untrusted(let needs):
            let lines = needs.reasons.prefix(20).map { "  \($0.text) (line \($0.position.line))" }
            throw TuttiError(
                .notAllowed, "\(file) is not trusted; it\n" + lines.joined(separator: "\n"),
                hint: "read it, then: tutti trust \(file)")
        case .changed(_, let diff):
            throw TuttiError(
                .notAllowed, "\(file) changed since you trusted it\n" + diff.prefix(60).joined(separator: "\n"),
                hint: "read the change, then: tutti trust \(file)")
        }
    }

    /// Trusts the project's file of `configuration` exactly as it was loaded, and the files that it runs as they are now.
    package func trust(_ configuration: Configuration) throws(TuttiError) {
        guard let layer = configuration.layers.first(where: { $0.owner == .project }) else {
            throw TuttiError(.notFound, "there is no tutti.yaml to trust here", hint: "write one: tutti init")
        }
        var entry = Entry(sha256: SHA256.hex(layer.bytes), trustedAt: seconds(), files: [:])
        try keep(layer.bytes, as: entry.sha256)
        for path in TrustNeeds(configuration).files {
            let current = Fingerprint.read(path)
            entry.files[path] = current.hash
            if let bytes = current.bytes, bytes.count <= 1 << 18 { try keep(bytes, as: current.hash) }
        }
        let key = key(layer)
        try change { $0.projects[key] = entry }
    }

    /// Forgets that the settings file at `path` was trusted; returns false when it never was.
    @discardableResult
    package func distrust(_ path: String) throws(TuttiError) -> Bool {
        let key = Paths.real(path) ?? path
        guard records().projects[key] != nil else { return false }
        try change { $0.projects[key] = nil }
        return true
    }

    /// The settings files that are trusted, in alphabetical order.
    package var trustedFiles: [String] { records().projects.keys.sorted() }

    // What is in the file, and how it gets there.

    private struct Entry: Codable {
        var sha256: String
        /// Seconds since 1970, for people.
        var trustedAt: Int64
        /// Path to SHA-256 of every file that the settings run.
        var files: [String: String]
    }

    private struct Records: Codable {
        var version = 1
        var projects: [String: Entry] = [:]
    }

    private func key(_ layer: ConfigLayer) -> String { Paths.real(layer.file) ?? layer.file }

    private func records() -> Records {
        guard let content = try? FileText.read(file, limit: 16 << 20), content.owner == UserIdentity.effective,
            let records = try? JSONDecoder().decode(Records.self, from: Data(content.bytes)), records.version == 1
        else { return Records() }
        return records
    }

    private func change(_ body: (inout Records) -> Void) throws(TuttiError) {
        let lock = try PrivateFile.lock(file + ".lock")
        defer { lock.release() }
        var records = records()
        body(&records)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(records) else {
            throw TuttiError(.internalError, "the list of trusted files cannot be written", hint: "see: tutti doctor")
        }
        try PrivateFile.write(Array(data) + [0x0A], to: file)
    }

    private func keep(_ bytes: [UInt8], as hash: String) throws(TuttiError) {
        guard hash.utf8.count == 64 else { return }
        try PrivateFile.write(bytes, to: kept(hash))
    }

    private func kept(_ hash: String) -> String { Paths.parent(file) + "/trusted/" + hash }

    private func changes(from hash: String, to bytes: [UInt8]) -> [String] {
        guard hash.utf8.count == 64, let old = try? FileText.read(kept(hash), limit: YAMLReader.maxBytes).bytes,
            SHA256.hex(old) == hash, bytes.count <= YAMLReader.maxBytes
        else { return ["(its content is another one now)"] }
        return LineDiff.between(String(decoding: old, as: UTF8.self), String(decoding: bytes, as: UTF8.self))
    }

    private func seconds() -> Int64 { Int64(Date().timeIntervalSince1970) }
}
