import Model

/// A page of help that belongs to no command: shown by `tutti help TOPIC`, and installed as a page of the manual.
struct HelpPage: Sendable {
    /// A piece of a page.
    enum Block: Sendable {
        case heading(String)
        case text(String)
        /// Words and what they mean.
        case terms([(word: String, meaning: String)])
        case code(String)
    }

    /// The word after `tutti help`.
    var topic: String
    /// The name and section of the manual's page.
    var manual: String
    var section: Int
    /// What it is about, as part of a sentence.
    var summary: String
    var blocks: [Block]

    /// The page as a person reads it on `surface`.
    func text(on surface: Surface) -> String {
        let parts = blocks.map { block -> String in
            switch block {
            case .heading(let text): surface.paint(text, .bold)
            case .text(let text):
                SideBySide.wrap(text, min(100, surface.width - 1)).joined(separator: "\n")
            case .code(let text): "  " + text
            case .terms(let terms): terms.isEmpty ? "" : HelpPage.table(terms, surface)
            }
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func table(_ terms: [(word: String, meaning: String)], _ surface: Surface) -> String {
        let longest = terms.reduce(0) { max($0, DisplayWidth.of($1.word)) }
        let indent = min(longest, 26) + 2
        let room = max(24, min(100, surface.width - 1) - indent)
        return terms.flatMap { word, meaning -> [String] in
            var lines = SideBySide.wrap(meaning, room)
            let head = surface.paint(word, .bold)
            guard DisplayWidth.of(word) + 2 <= indent else {
                return [head] + lines.map { String(repeating: " ", count: indent) + $0 }
            }
            lines[0] = head + String(repeating: " ", count: indent - DisplayWidth.of(word)) + lines[0]
            return [lines[0]] + lines.dropFirst().map { String(repeating: " ", count: indent) + $0 }
        }.joined(separator: "\n")
    }

    /// The page in the language of the manual.
    var roff: String {
        var lines = [
            ".TH \(HelpPage.word(manual.uppercased())) \(section) \"\" \"tutti \(TuttiVersion.text)\" \"Tutti\"",
            ".SH NAME", "\(HelpPage.escape(manual)) \\- \(HelpPage.escape(summary))",
        ]
        var hasHeading = false
        for block in blocks {
            if case .heading = block {
                hasHeading = true
            } else if !hasHeading {
                lines.append(".SH DESCRIPTION")
                hasHeading = true
            }
            switch block {
            case .heading(let text): lines.append(".SH " + HelpPage.word(text))
            case .text(let text): lines += [".PP", HelpPage.escape(text)]
            case .code(let text): lines += [".PP", ".nf", ".RS", HelpPage.escape(text), ".RE", ".fi"]
            case .terms(let terms):
                for term in terms {
                    lines += [".TP", "\\fB" + HelpPage.escape(term.word) + "\\fR", HelpPage.escape(term.meaning)]
                }
            }
        }
        lines += [".SH SEE ALSO", "\\fBtutti\\fR(1)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func word(_ text: String) -> String { "\"" + escape(text) + "\"" }

    /// Nothing in `text` is taken for a request or an escape.
    private static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "\"": result += "\\(dq"
            case "\n": result += " "
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }
}
