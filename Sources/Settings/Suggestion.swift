/// Finds the word that somebody probably meant.
package enum Suggestion {
    /// The candidate nearest to `word`, or nil when none is near enough to be meant.
    ///
    /// Near enough is one change for words of up to 4 letters, two for up to 8, three above; an exchange of two
    /// neighbouring letters counts as one change. Of equally near ones the first in alphabetical order wins.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard word.count <= 64 else { return nil }
        let word = Array(word.lowercased())
        let bound = word.count <= 4 ? 1 : word.count <= 8 ? 2 : 3
        return candidates.lazy.filter { $0.count <= 64 }
            .map { (distance: distance(word, Array($0.lowercased())), text: $0) }
            // A word of which no letter is left was not meant.
            .filter { $0.distance <= bound && $0.distance < max(word.count, $0.text.count) }
            .min { ($0.distance, $0.text) < ($1.distance, $1.text) }?.text
    }

    /// ` (did you mean …?)`, or nothing when no candidate is near.
    package static func clause(for word: String, among candidates: some Sequence<String>) -> String {
        nearest(to: word, among: candidates).map { ", did you mean \"\($0)\"?" } ?? ""
    }

    /// How many letters must be inserted, removed, replaced or exchanged with their neighbour to make `left` `right`.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var best = min(previous[column + 1], current[column]) + 1
                best = min(best, previous[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
