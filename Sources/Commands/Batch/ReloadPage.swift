import Batch
import Coordinator
import Model

/// What `batch reload` shows: a line for each difference, and what it means for the parts of the run.
struct ReloadPage {
    let reload: BatchReload
    let isApplied: Bool
    let isDryRun: Bool

    /// What is told of a reload.
    static let fields = ["run", "applied", "changed", "added", "removed", "kept", "changes"]

    /// The most lines of one text that are shown of what it had or has.
    private static let mostLines = 20

    /// The page, and the record of it.
    var listing: Listing {
        let count = reload.count
        let record: JSONObject = [
            "run": .string(reload.run.text), "applied": .bool(isApplied), "changed": .integer(Int64(count.changed)),
            "added": .integer(Int64(count.added)), "removed": .integer(Int64(count.removed)),
            "kept": .integer(Int64(count.kept)),
            "changes": .array(
                reload.changes.map { change in
                    [
                        "change": .string(change.kind.rawValue), "job": .optional(change.job),
                        "part": .optional(change.part), "before": change.before ?? .null,
                        "after": change.after ?? .null,
                    ]
                }),
        ]
        return Listing(
            records: [record], columns: Self.fields.dropLast(), identifier: "run", isSingle: true, fields: Self.fields
        ) { lines(on: $0) }
    }

    private func lines(on surface: Surface) -> [String] {
        if reload.isEmpty { return ["the file says nothing else than run \(reload.run.short) does already"] }
        let words = reload.count.words
        let end = words.isEmpty ? "no part changes" : words
        return reload.changes.flatMap { lines(of: $0, on: surface) } + [
            "", isDryRun ? "\(end); nothing was changed" : end,
        ]
    }

    private func lines(of change: PlanChange, on surface: Surface) -> [String] {
        let (mark, tint): (String, Tint) =
            switch change.kind {
            case .added: ("+", .green)
            case .removed: ("-", .red)
            case .changed: ("~", .yellow)
            }
        let name = [change.job ?? "the batch", change.part].compactMap { $0 }.joined(separator: ": ")
        let head = surface.paint(mark, tint) + " " + surface.safeLine(name)
        if let before = change.before?.string, let after = change.after?.string, (before + after).contains("\n") {
            return [head] + ReloadPage.difference(before, after, on: surface)
        }
        let values = [change.before, change.after].compactMap { $0 }.map { surface.safeLine($0.cell) }
        if values.isEmpty { return [head] }
        let width = surface.isTerminal ? max(20, surface.width - 8) : 400
        let line = values.joined(separator: surface.unicode ? " → " : " -> ")
        return [head + "  " + surface.cut(line, to: width)]
    }

    /// The lines of a text that are gone and those that are new.
    private static func difference(_ before: String, _ after: String, on surface: Surface) -> [String] {
        let old = before.split(separator: "\n", omittingEmptySubsequences: false)
        let new = after.split(separator: "\n", omittingEmptySubsequences: false)
        // Comparing takes the product of both; a person looks at short ones.
        guard old.count + new.count <= 2000 else { return ["    \(old.count) lines, now \(new.count)"] }
        let difference = new.difference(from: old)
        var lines: [String] = []
        for change in difference {
            switch change {
            case .remove(_, let line, _): lines.append(surface.paint("    - " + surface.safeLine(String(line)), .red))
            case .insert(_, let line, _): lines.append(surface.paint("    + " + surface.safeLine(String(line)), .green))
            }
        }
        let rest = lines.count - mostLines
        return lines.prefix(mostLines) + (rest > 0 ? ["    and \(rest) more lines"] : [])
    }
}
