import Model
import Store

/// What `search` found.
enum SearchPage {
    /// One place as a record.
    static func record(_ hit: SearchHit) -> JSONObject {
        [
            "session": .optional(hit.session?.text), "run": .optional(hit.run?.text),
            "run_name": .optional(hit.runName),
            "job": .optional(hit.job?.text), "thread": .optional(hit.thread?.text),
            "message": .optional(hit.message?.text), "module": .optional(hit.module),
            "role": .string(hit.role.rawValue),
            "kind": .string(hit.kind), "name": .optional(hit.name), "time": .string(hit.time.iso8601),
            "is_live": .bool(hit.isLive), "snippet": .string(hit.snippet),
        ]
    }

    /// The fields of ``record(_:)``.
    static let fields = [
        "session", "run", "run_name", "job", "thread", "message", "module", "role", "kind", "name", "time", "is_live",
        "snippet",
    ]

    /// The places, best first, each with the words around it.
    ///
    /// `places` holds the whole lines around each hit, where they were asked for; `all` is how many hits there are.
    static func lines(
        _ hits: [SearchHit], _ places: [[String]] = [],
        of all: Int = 0, took: Duration, on surface: Surface, now: Timestamp
    ) -> [String] {
        guard !hits.isEmpty else { return ["nothing found; fewer words, or --syntax with OR, find more"] }
        let runs = Set(hits.compactMap(\.run)).count
        let milliseconds = took.components.seconds * 1000 + took.components.attoseconds / 1_000_000_000_000_000
        let found = "\(Amounts.count(hits.count, "place")) in \(Amounts.count(runs, "run"))"
        let more = all > hits.count ? " shown of \(all) places; more: --limit \(all)" : ""
        var lines = [surface.paint("\(found)\(more)     \(milliseconds) ms, best first", .dim)]
        for (index, hit) in hits.enumerated() {
            var head = [surface.paint((hit.session ?? hit.message ?? hit.run)?.short ?? "------", .bold)]
            if let module = hit.module { head.append(surface.safeLine(module)) }
            head.append(hit.role.rawValue + (hit.name.map { " " + surface.safeLine($0) } ?? ""))
            head.append(
                hit.isLive ? "streaming now" : Amounts.ago(milliseconds: now.milliseconds - hit.time.milliseconds))
            if let run = hit.runName ?? hit.run?.short { head.append("run " + surface.safeLine(run)) }
            lines.append(head.joined(separator: "  "))
            if index < places.count, !places[index].isEmpty {
                lines += places[index].map { "   " + marked(Sanitizer.expandTabs(surface.safe($0)), surface) }
            } else {
                lines.append("   " + marked(surface.safeLine(hit.snippet), surface))
            }
        }
        if let first = hits.first?.session?.short { lines.append(surface.paint("open one: tutti show \(first)", .dim)) }
        return lines
    }

    /// The found words between « », in bold where there are colours, and between other signs where there is no Unicode.
    private static func marked(_ snippet: String, _ surface: Surface) -> String {
        var result = ""
        var found: String?
        for character in snippet {
            switch (character, found) {
            case ("«", nil): found = ""
            case ("»", let text?):
                result += surface.paint(surface.glyphs.markBegin + text + surface.glyphs.markEnd, .yellow)
                found = nil
            case (_, let text?): found = text + String(character)
            default: result.append(character)
            }
        }
        return result + (found.map { surface.glyphs.markBegin + $0 } ?? "")
    }
}
