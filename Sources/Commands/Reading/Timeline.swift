import Model
import Store

/// `show --timeline`: one line per thing that happened, with a bar for when and how long.
enum Timeline {
    private struct Item {
        var start: Int64
        var end: Int64
        var label: String
        var note: String
        var isOpen = false
    }

    /// The lines of a session's timeline.
    static func lines(_ detail: SessionDetail, on surface: Surface, now: Timestamp) -> [String] {
        let session = detail.session
        let origin = session.createdAt.milliseconds
        let end = max(origin + 1, (session.endedAt ?? now).milliseconds)
        let items = items(detail, origin: origin, end: end)
        let labelWidth = min(28, items.reduce(8) { max($0, DisplayWidth.of($1.label)) })
        let width = surface.isTerminal ? surface.width : 100
        let barWidth = max(10, min(40, width - labelWidth - 12 - 28))
        return items.map { item in
            let scale = Double(barWidth) / Double(end - origin)
            // The wall clock may have been set back or forth meanwhile: nothing is drawn outside of the bar.
            func column(_ moment: Int64, _ rule: FloatingPointRoundingRule) -> Int {
                Int(min(max(0, (Double(moment - origin) * scale).rounded(rule)), Double(barWidth)))
            }
            let from = min(barWidth - 1, column(item.start, .down))
            let to = max(from + 1, column(item.end, .up))
            let bar =
                String(repeating: " ", count: from) + String(repeating: surface.glyphs.barFull, count: to - from)
                + String(repeating: " ", count: barWidth - to)
            let label = DisplayWidth.pad(surface.cut(surface.safeLine(item.label), to: labelWidth), to: labelWidth)
            let clock = DisplayWidth.pad(Amounts.age(milliseconds: item.start - origin), to: 6, right: true)
            let room = max(8, width - labelWidth - barWidth - 13)
            let note = surface.cut(surface.safeLine(item.note), to: room)
            return "\(clock)  \(label)  \(surface.paint(bar, item.isOpen ? .cyan : .dim))  \(note)".trimmedEnd
        }
    }

    private static func items(_ detail: SessionDetail, origin: Int64, end: Int64) -> [Item] {
        let session = detail.session
        var items: [Item] = []
        if let started = session.startedAt?.milliseconds {
            items.append(
                Item(start: origin, end: started, label: "start", note: Amounts.span(milliseconds: started - origin)))
            let first = session.firstTokenAt?.milliseconds ?? end
            let note = session.firstTokenAt == nil ? "no answer yet" : Amounts.span(milliseconds: first - started)
            items.append(Item(start: started, end: first, label: "first token", note: note))
        }
        for block in detail.blocks where block.kind != "prompt" {
            var start = max(origin, block.startedAt.milliseconds)
            // A text is recorded when it is whole: it began when what came before it was over.
            if block.kind == "text", let before = items.last?.end, before < start { start = before }
            let stop = max(start, block.endedAt?.milliseconds ?? end)
            if block.kind == "tool" {
                let input = block.input.flatMap { JSONReader.value($0) } ?? block.input.map { .string($0) }
                let lines = block.text.map { $0.split(separator: "\n").count } ?? 0
                var note = Amounts.span(milliseconds: stop - start)
                if block.endedAt == nil { note = "at work" }
                if block.isError {
                    note += "   error"
                } else if lines > 0 {
                    note += "   " + Amounts.count(lines, "line")
                }
                items.append(
                    Item(
                        start: start, end: stop, label: ToolCall.line(name: block.name ?? "tool", input: input),
                        note: note,
                        isOpen: block.endedAt == nil))
            } else {
                items.append(
                    Item(
                        start: start, end: stop, label: block.kind,
                        note: "\"\(block.text.map { String($0.prefix(200)) } ?? "")\""))
            }
        }
        if session.state.isFinal {
            items.append(
                Item(
                    start: end, end: end, label: session.state.rawValue,
                    note: session.failure ?? session.endedBy.map { "ended by \($0)" } ?? ""))
        }
        return items.sorted { $0.start < $1.start }
    }
}
