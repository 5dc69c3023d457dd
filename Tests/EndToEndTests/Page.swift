import TestSupport
import Testing

/// The text of a file; named unlike the page's own property.
private func fileText(_ path: String) -> String? { text(of: path) }

/// One page of the documentation, and what can be tried of it.
struct Page {
    /// A fenced block and the line before it.
    struct Block {
        /// The word after the fence: `swift`, `yaml`, or nothing.
        let language: String
        let lines: [String]

        /// The lines as a file.
        var text: String { lines.joined(separator: "\n") + "\n" }
    }

    let name: String
    let text: String

    /// The page `name`, which counts from the repository's root.
    init(_ name: String) throws {
        self.name = name
        text = try #require(fileText(Repository.path(name)))
    }

    /// All pages that people read.
    static let all = ["README.md"] + namesInFolder(Repository.path("Documentation")).map { "Documentation/" + $0 }

    /// The fenced blocks of a language, in order.
    func blocks(in language: String) -> [Block] { blocks.filter { $0.language == language } }

    /// All fenced blocks, in order.
    var blocks: [Block] {
        var found: [Block] = []
        var open: (language: String, lines: [String])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            guard line.hasPrefix("```") else {
                open?.lines.append(line)
                continue
            }
            if let block = open {
                found.append(Block(language: block.language, lines: block.lines))
                open = nil
            } else {
                open = (String(line.dropFirst(3)), [])
            }
        }
        return found
    }

    /// What stands between backticks within a line.
    var spans: [String] {
        var spans: [String] = []
        var isFenced = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") { isFenced.toggle() }
            if isFenced { continue }
            let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
            for index in pieces.indices where !index.isMultiple(of: 2) { spans.append(String(pieces[index])) }
        }
        return spans
    }
}

/// The files of the repository that these tests belong to.
enum Repository {
    /// The path of `name`, which counts from the repository's root.
    static func path(_ name: String, from file: String = #filePath) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + name
    }
}
