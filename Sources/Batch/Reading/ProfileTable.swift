import Settings

extension BatchValue {
    /// This value with `stronger` on top: tables are merged key by key, anything else is replaced.
    func merged(with stronger: BatchValue) -> BatchValue {
        guard case .table(var entries) = content, case .table(let others) = stronger.content else { return stronger }
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { places[entry.key] = index }
        for entry in others {
            // Either names the folder, so the stronger one of the two is meant.
            for (one, other) in [("module", "workdir"), ("workdir", "module")] where entry.key == one {
                if let place = places[other], others.allSatisfy({ $0.key != other }) {
                    entries[place].key = ""
                    places[other] = nil
                }
            }
            if let place = places[entry.key] {
                entries[place].value = entries[place].value.merged(with: entry.value)
                entries[place].position = entry.position
            } else {
                places[entry.key] = entries.count
                entries.append(entry)
            }
        }
        var result = stronger
        result.content = .table(entries.filter { !$0.key.isEmpty })
        return result
    }
}

/// The profiles of a file, each with what it extends merged in.
struct ProfileTable {
    private let declared: [String: BatchEntry]
    private var finished: [String: BatchValue] = [:]

    init(_ entries: [BatchEntry]) {
        declared = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    }

    /// Merges every profile, also those that no job uses, so that each mistake is found.
    mutating func resolveAll(_ reader: inout BatchReader) {
        for name in declared.keys.sorted() { _ = value(name, chain: [], &reader) }
    }

    /// What the profiles named by `value` come to, weakest first; unknown ones are complaints.
    mutating func value(named value: BatchValue?, _ reader: inout BatchReader) -> BatchValue? {
        var result: BatchValue?
        for element in value?.elements ?? [] {
            guard let name = element.text else { continue }
            guard declared[name] != nil else {
                unknown(name, at: element.position, &reader)
                continue
            }
            guard let profile = self.value(name, chain: [], &reader) else { continue }
            result = result?.merged(with: profile) ?? profile
        }
        return result
    }

    private mutating func value(_ name: String, chain: [String], _ reader: inout BatchReader) -> BatchValue? {
        if let value = finished[name] { return value }
        guard let entry = declared[name] else { return nil }
        let chain = chain + [name]
        var own = entry.value
        own.content = .table(own.entries.filter { $0.key != "extends" })
        var base: BatchValue?
        for element in entry.value["extends"]?.elements ?? [] {
            guard let parent = element.text else { continue }
            if let start = chain.firstIndex(of: parent) {
                reader.complain(
                    element.position,
                    "profile `\(parent)` extends itself: \((chain[start...] + [parent]).joined(separator: " → "))",
                    hint: "remove one `extends` of the circle")
                continue
            }
            guard chain.count < 16 else {
                reader.complain(
                    element.position, "profile `\(chain[0])` extends more than 16 others in a row",
                    hint: "shorten the chain")
                continue
            }
            guard declared[parent] != nil else {
                unknown(parent, at: element.position, &reader)
                continue
            }
            guard let value = value(parent, chain: chain, &reader) else { continue }
            base = base?.merged(with: value) ?? value
        }
        let result = base?.merged(with: own) ?? own
        finished[name] = result
        return result
    }

    private func unknown(_ name: String, at position: ConfigPosition, _ reader: inout BatchReader) {
        let names = declared.keys.sorted()
        reader.complain(
            position, "there is no profile \"\(name)\"\(Suggestion.clause(for: name, among: names))",
            hint: names.isEmpty ? "declare it under `profiles`" : "declared are: \(names.joined(separator: ", "))")
    }
}
