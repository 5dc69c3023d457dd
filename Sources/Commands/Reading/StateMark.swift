/// The sign, the word and the colour of a state, the same in every table.
enum StateMark {
    /// Sign and word: `● running`.
    static func cell(_ state: String, _ glyphs: Glyphs) -> Table.Cell {
        let (sign, tint) = mark(state, glyphs)
        let word = state == "needs_input" ? "needs input" : state
        return Table.Cell("\(DisplayWidth.pad(sign, to: glyphs.width)) \(word)", tint)
    }

    /// Sign and word for running text.
    static func words(_ state: String, on surface: Surface) -> String {
        let cell = cell(state, surface.glyphs)
        return surface.paint(cell.text, cell.tint)
    }

    private static func mark(_ state: String, _ glyphs: Glyphs) -> (String, Tint?) {
        switch state {
        case "completed": (glyphs.done, .green)
        case "failed", "lost", "blocked": (glyphs.failed, .red)
        case "cancelled", "skipped": (glyphs.none, .yellow)
        case "running", "processing", "starting", "ending": (glyphs.running, .cyan)
        case "needs_input": (glyphs.question, .magenta)
        case "retrying", "waiting", "parked": (glyphs.retrying, .yellow)
        case "orphaned": (glyphs.warning, .yellow)
        default: (glyphs.queued, .dim)
        }
    }
}
