import Model

/// Draws the live part of a view in place on a terminal: moves up, clears, draws. No alternate screen.
struct LiveScreen {
    private let output: Output
    private var drawn = 0
    private var isOpen = false

    /// A screen on standard error.
    init(_ output: Output) { self.output = output }

    /// What puts the terminal back as it was: the cursor shown, lines wrapping.
    static let restore = "\u{1B}[?7h\u{1B}[?25h"

    /// Draws `lines` in place of the last ones, after `above`, which stays.
    mutating func draw(_ lines: [String], above: [String] = []) {
        var text = ""
        if !isOpen {
            // Without wrapping, a line that a terminal counts wider than we do cannot break the picture.
            text += "\u{1B}[?25l\u{1B}[?7l"
            isOpen = true
        }
        if drawn > 0 { text += "\r\u{1B}[\(drawn)A" }
        text += "\u{1B}[J"
        for line in above + lines { text += line + "\n" }
        drawn = lines.count
        output.notesWrite(text)
    }

    /// Removes the live part, prints `last`, and puts the terminal back.
    mutating func close(_ last: [String] = []) {
        guard isOpen || !last.isEmpty else { return }
        var text = drawn > 0 ? "\r\u{1B}[\(drawn)A\u{1B}[J" : ""
        for line in last { text += line + "\n" }
        if isOpen { text += LiveScreen.restore }
        drawn = 0
        isOpen = false
        output.notesWrite(text)
    }
}
