internal import Foundation

/// What a person typed into a search, as FTS5 must be told it and as streamed text is tested for it.
struct SearchTerms {
    /// The words and quoted phrases, without marks that are no part of words.
    var phrases: [String]

    /// More words than these only cost time.
    private static let most = 32

    /// Reads plain text: words, and phrases in double quotes.
    init(_ text: String) {
        phrases = []
        var isQuoted = false
        for piece in text.split(separator: "\"", omittingEmptySubsequences: false) {
            let words = piece.split { !SearchTerms.isWord($0) }.map(String.init)
            if isQuoted {
                if !words.isEmpty { phrases.append(words.joined(separator: " ")) }
            } else {
                phrases.append(contentsOf: words)
            }
            isQuoted.toggle()
        }
        phrases = Array(phrases.prefix(SearchTerms.most))
    }

    /// The query in FTS5's syntax: every phrase must be there.
    var match: String { phrases.map { "\"\($0)\"" }.joined(separator: " ") }

    /// The places of the phrases in `text` when all of them stand there as whole words; nil otherwise.
    func places(in text: String) -> [Range<String.Index>]? {
        var places: [Range<String.Index>] = []
        for phrase in phrases {
            guard let place = SearchTerms.find(phrase, in: text) else { return nil }
            places.append(place)
        }
        return places.sorted { $0.lowerBound < $1.lowerBound }
    }

    private static func find(_ phrase: String, in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while let place = text.range(of: phrase, from: start) {
            let isStart = place.lowerBound == text.startIndex || !isWord(text[text.index(before: place.lowerBound)])
            let isEnd = place.upperBound == text.endIndex || !isWord(text[place.upperBound])
            if isStart && isEnd { return place }
            start = place.upperBound
        }
        return nil
    }

    /// Letters, digits and what clings to them, as the tokenizer of the index sees it.
    static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}

extension String {
    /// The first place of `phrase` at or after `start`; large and small letters are the same, and so are accents.
    fileprivate func range(of phrase: String, from start: Index) -> Range<Index>? {
        range(of: phrase, options: [.caseInsensitive, .diacriticInsensitive], range: start..<endIndex)
    }
}
