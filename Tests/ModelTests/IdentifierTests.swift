import Model
import TestSupport
import Testing

@Suite struct IdentifierTests {
    @Test func `an identifier has 16 characters, none of which is mistaken for another`() {
        var generator = SplitMix64(seed: printedSeed())
        var seen: Set<Character> = []
        for _ in 0..<200 {
            let identifier = Identifier.random(using: &generator)
            #expect(identifier.text.count == Identifier.length)
            seen.formUnion(identifier.text)
        }
        #expect(seen == Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    }

    @Test func `the same seed draws the same identifiers, and the system never the same twice`() {
        var (one, other) = (SplitMix64(seed: 7), SplitMix64(seed: 7))
        #expect(Identifier.random(using: &one) == Identifier.random(using: &other))
        #expect(Set((0..<1000).map { _ in Identifier.random() }).count == 1000)
    }

    @Test(arguments: [
        ("01k9qxv5t8n3m7pz", "01K9QXV5T8N3M7PZ"), ("O1K9QXV5T8N3M7PZ", "01K9QXV5T8N3M7PZ"),
        ("oIlLiO5T8N3M7PZ0", "0111105T8N3M7PZ0"),
    ])
    func `what a person types is folded to the one spelling`(typed: String, spelling: String) {
        #expect(Identifier(typed)?.text == spelling)
        #expect(Identifier(typed)?.description == spelling)
    }

    @Test(arguments: [
        "", "01K9QX", "01K9QXV5T8N3M7P", "01K9QXV5T8N3M7PZ0", "01K9QXV5T8N3M7PU", "01K9QXV5T8N3M7P-",
        "01K9QXV5T8N3M7P ", "01K9QXV5T8N3M7Pé", "01K9QXV5T8N3M7P\0",
    ])
    func `what is no identifier is refused`(typed: String) { #expect(Identifier(typed) == nil) }

    @Test func `a prefix is folded too, and refused when it can begin no identifier`() {
        #expect(Identifier.fold("oil9") == "0119")
        #expect(Identifier.fold("") == "")
        #expect(Identifier.fold("k9qu") == nil)
        #expect(Identifier.fold("@last") == nil)
        #expect(Identifier.fold("ß") == nil)
        #expect(Identifier("01K9QXV5T8N3M7ß") == nil)
    }

    @Test func `people see the first six characters`() { #expect(Identifier("01K9QXV5T8N3M7PZ")?.short == "01K9QX") }

    @Test func `identifiers sort as their texts do`() {
        var generator = SplitMix64(seed: printedSeed())
        let identifiers = (0..<100).map { _ in Identifier.random(using: &generator) }
        #expect(identifiers.sorted().map(\.text) == identifiers.map(\.text).sorted())
    }
}
