import Testing

@testable import Settings

@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            "The quick brown fox jumps over the lazy dog",
            "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"
        ),
    ])
    func `the published examples come out`(_ text: String, _ hash: String) {
        #expect(SHA256.hex(Array(text.utf8)) == hash)
    }

    @Test func `a million letters come out, however they are cut`() {
        let hash = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA256.hex(letters) == hash)
        var pieces = SHA256()
        for start in stride(from: 0, to: letters.count, by: 617) {
            pieces.update(letters[start..<min(start + 617, letters.count)])
        }
        #expect(pieces.finish().starts(with: [0xcd, 0xc7, 0x6e, 0x5c]))
    }

    @Test(arguments: [55, 56, 57, 63, 64, 65, 119, 120, 128])
    func `lengths around a block differ from their neighbours`(_ length: Int) {
        let one = SHA256.hex([UInt8](repeating: 0, count: length))
        #expect(one.utf8.count == 64)
        #expect(one != SHA256.hex([UInt8](repeating: 0, count: length + 1)))
    }
}
