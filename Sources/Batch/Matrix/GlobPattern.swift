/// A pattern of paths: `*` and `?` in a name, `[a-z]`, and `**` for any number of folders; a final `/` means folders only.
///
/// Names that begin with a dot are fitted only by a pattern that writes the dot.
package struct GlobPattern: Sendable, Hashable {
    /// The parts between the slashes.
    package let parts: [String]
    /// True when the pattern ends with a slash, and so fits nothing but folders.
    package let foldersOnly: Bool

    /// Reads a pattern; throws when it leaves the batch's folder.
    package init(_ text: String) throws(BatchFolderError) {
        guard !text.isEmpty, text.utf8.count <= 1024, !text.utf8.contains(where: { $0 < 0x20 }) else {
            throw BatchFolderError("\"\(text.prefix(80))\" is no pattern of paths", hint: "write it as \"Sources/*/\"")
        }
        guard !text.hasPrefix("/"), !text.hasPrefix("~"), !text.split(separator: "/").contains("..") else {
            throw BatchFolderError(
                "the pattern \"\(text.prefix(80))\" leaves the batch's folder",
                hint: "write a relative one such as \"Sources/*/\"")
        }
        var parts: [String] = []
        for part in text.split(separator: "/") where part != "." && !(part == "**" && parts.last == "**") {
            parts.append(String(part))
        }
        guard parts.count <= 40, parts.count(where: { $0 == "**" }) <= 4 else {
            throw BatchFolderError("the pattern \"\(text.prefix(80))\" has too many parts", hint: "use fewer `**`")
        }
        self.parts = parts
        foldersOnly = text.hasSuffix("/")
    }

    /// True when a part without `**` fits `name`.
    package static func fits(_ part: String, _ name: String) -> Bool {
        let (pattern, name) = (Array(part.unicodeScalars), Array(name.unicodeScalars))
        if name.first == ".", pattern.first != "." { return false }
        // One star at a time is tried again, the last one seen: that is enough, and never takes exponential time.
        var (index, place) = (0, 0)
        var retry: (index: Int, place: Int)?
        while place < name.count {
            if index < pattern.count, pattern[index] == "*" {
                retry = (index, place)
                index += 1
            } else if index < pattern.count, let after = single(pattern, index, name[place]) {
                (index, place) = (after, place + 1)
            } else if let last = retry {
                retry = (last.index, last.place + 1)
                (index, place) = (last.index + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == "*" }
    }

    /// True when a part holds nothing but the name itself.
    static func isLiteral(_ part: String) -> Bool { !part.contains { "*?[".contains($0) } }

    /// Where the pattern goes on when what stands at `index` fits one `scalar`, nil when it does not.
    private static func single(_ pattern: [Unicode.Scalar], _ index: Int, _ scalar: Unicode.Scalar) -> Int? {
        switch pattern[index] {
        case "?": return index + 1
        case "[":
            guard let end = pattern[(index + 1)...].dropFirst().firstIndex(of: "]") else {
                return scalar == "[" ? index + 1 : nil
            }
            var set = pattern[(index + 1)..<end]
            let isNegated = set.first == "!" || set.first == "^"
            if isNegated { set = set.dropFirst() }
            var found = false
            var at = set.startIndex
            while at < set.endIndex {
                if at + 2 < set.endIndex, set[at + 1] == "-" {
                    found = found || (set[at] <= scalar && scalar <= set[at + 2])
                    at += 3
                } else {
                    found = found || set[at] == scalar
                    at += 1
                }
            }
            return found != isNegated ? end + 1 : nil
        default: return pattern[index] == scalar ? index + 1 : nil
        }
    }
}
