import Model

/// Writes the pieces of a transcript, with the module in front of each line when several speak.
struct TranscriptPrinter {
    private let output: Output
    private let showsTags: Bool
    private var width = 8
    /// The last piece stopped in the middle of a line.
    private var isInLine = false

    /// A printer on `output`.
    init(_ output: Output, showsTags: Bool) {
        self.output = output
        self.showsTags = showsTags
    }

    /// Writes `pieces` at once.
    mutating func write(_ pieces: [Transcript.Piece]) {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part):
                text += shown(part)
                isInLine = !Transcript.endsLine(part)
            case .line(let module, let line):
                closeLine(&text)
                for line in Transcript.lines(line) { text += tag(module) + shown(line) + "\n" }
            case .note(let module, let line, let isError):
                closeLine(&text)
                let surface = output.data
                let sign = isError ? surface.glyphs.failed : surface.glyphs.none
                text += tag(module) + surface.paint("\(sign) \(surface.safeLine(line))", isError ? .red : .dim) + "\n"
            }
        }
        if !text.isEmpty { output.write(text) }
    }

    /// Ends a line that was left open.
    mutating func finish() {
        var text = ""
        closeLine(&text)
        if !text.isEmpty { output.write(text) }
    }

    private mutating func closeLine(_ text: inout String) {
        if isInLine { text += "\n" }
        isInLine = false
    }

    private func shown(_ text: String) -> String { output.data.safe(text) }

    private mutating func tag(_ module: String) -> String {
        guard showsTags else { return "" }
        let name = output.data.safeLine(module)
        width = max(width, min(20, DisplayWidth.of(name)))
        let cut = DisplayWidth.pad(output.data.cut(name, to: width), to: width)
        return output.data.paint(cut, .cyan) + " | "
    }
}
