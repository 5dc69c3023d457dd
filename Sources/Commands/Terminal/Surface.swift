/// What is known of the place that text is drawn on. Rendering is a function of a value and a surface, and of nothing else.
struct Surface: Sendable, Hashable {
    /// A person's terminal, not a pipe or a file.
    var isTerminal: Bool
    var colour: Bool
    /// Whether glyphs beyond ASCII may be drawn.
    var unicode: Bool
    /// Columns; what is piped gets no limit.
    var width: Int
    var height: Int

    /// A surface of these properties.
    init(isTerminal: Bool = false, colour: Bool = false, unicode: Bool = true, width: Int = 100, height: Int = 24) {
        self.isTerminal = isTerminal
        self.colour = colour
        self.unicode = unicode
        self.width = width
        self.height = height
    }

    /// The signs for this surface.
    var glyphs: Glyphs { unicode ? .unicode : .ascii }

    /// `text` in `colour`, when the surface has colours.
    func paint(_ text: String, _ tint: Tint?) -> String {
        guard colour, let tint, !text.isEmpty else { return text }
        return "\u{1B}[\(tint.code)m\(text)\u{1B}[0m"
    }

    /// Text of an agent for many lines.
    func safe(_ text: String) -> String { Sanitizer.text(text, unicode: unicode) }

    /// Text of an agent for one line.
    func safeLine(_ text: String) -> String { Sanitizer.line(text, unicode: unicode) }

    /// The columns for help: as many as there are, while lines stay readable.
    var helpWidth: Int { max(40, min(100, width)) }

    /// `text` cut to `width` columns.
    func cut(_ text: String, to width: Int) -> String { DisplayWidth.cut(text, to: width, mark: glyphs.cut) }

    /// A line across `width` columns.
    func rule(_ width: Int) -> String {
        paint(String(repeating: glyphs.rule, count: max(0, width)), .dim)
    }
}

/// The few colours that Tutti uses: the terminal's own sixteen, so that its theme holds.
enum Tint: Sendable {
    case bold, dim, red, green, yellow, blue, magenta, cyan

    /// The parameter of the escape sequence.
    var code: String {
        switch self {
        case .bold: "1"
        case .dim: "2"
        case .red: "31"
        case .green: "32"
        case .yellow: "33"
        case .blue: "34"
        case .magenta: "35"
        case .cyan: "36"
        }
    }
}
