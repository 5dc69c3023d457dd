import Model

/// The name under which a run is begun once.
enum RunKey {
    /// Refuses a key that names nothing: two runs with such a one have nothing to do with each other, and the second would get
    /// the answer of the first. In scripts it is what an unset variable leaves.
    static func check(_ key: String?) throws(TuttiError) {
        guard let key, key.allSatisfy(\.isWhitespace) else { return }
        throw TuttiError(
            .usage, "The key is empty.", hint: "give --key a word that names this piece of work, or leave it out")
    }
}
