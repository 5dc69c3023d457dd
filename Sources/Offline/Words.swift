/// Cuts text into words to search by: natural words, and the parts of names such as `verifyToken` or `auth_check`.
enum Words {
    /// The words of `text` in lower case, with the parts of compound names after each.
    static func split(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        for name in text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) {
            let parts = parts(of: name)
            if parts.count > 1 { words.append(parts.joined()) }
            words += parts
        }
        return words
    }

    /// The words of a question that are worth searching for, in their order, each once, at most 24.
    static func terms(of question: String) -> [String] {
        var seen: Set<String> = []
        var terms: [String] = []
        // More than this is not a question; its beginning and its end say what it is about.
        let text = question.utf8.count > 16_384 ? question.prefix(8192) + " " + question.suffix(8192) : question[...]
        for word in split(text) where word.count >= 2 && !common.contains(word) && seen.insert(word).inserted {
            terms.append(word)
            if terms.count == 24 { break }
        }
        return terms
    }

    /// `word` without the endings that plural and tense add, so that `refunds` meets `refund`.
    static func stem(_ word: String) -> String {
        for ending in ["ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s", "e"]
        where word.hasSuffix(ending) && word.count - ending.count >= 3 {
            return String(word.dropLast(ending.count)) + (ending == "ies" ? "y" : "")
        }
        return word
    }

    private static func parts(of name: some StringProtocol) -> [String] {
        var parts: [String] = []
        var part = ""
        var previous: Character = "_"
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : "_"
            let startsWord = character.isUppercase && (previous.isLowercase || previous.isNumber || next.isLowercase)
            if character == "_" || startsWord {
                if !part.isEmpty { parts.append(part) }
                part = ""
            }
            if character != "_" { part += character.lowercased() }
            previous = character
        }
        if !part.isEmpty { parts.append(part) }
        return parts
    }

    private static let common: Set<String> = [
        "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "been", "before", "but", "by", "can", "could",
        "did", "do", "does", "each", "every", "explain", "find", "for", "from", "give", "had", "has", "have", "here",
        "how",
        "if", "in", "into", "is", "it", "its", "line", "lines", "list", "many", "me", "module", "more", "my", "no",
        "not",
        "of", "on", "one", "or", "our", "please", "project", "repo", "repository", "say", "show", "should", "so",
        "some",
        "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "two",
        "three", "up", "us", "use", "was", "we", "were", "what", "when", "where", "which", "who", "whose", "why",
        "will",
        "with", "would", "you", "your", "code", "folder", "file", "files", "der", "die", "das", "und", "ist", "wie",
        "wo",
    ]
}

extension Words {
    /// How many words stand in `text`: runs of bytes without blanks, so that a long question costs no memory.
    static func count(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            var count = 0
            var wasBlank = true
            for byte in bytes {
                let isBlank = byte <= 0x20
                if wasBlank, !isBlank { count += 1 }
                wasBlank = isBlank
            }
            return count
        }
    }
}
