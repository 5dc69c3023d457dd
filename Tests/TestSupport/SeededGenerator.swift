/// SplitMix64: a small generator whose whole course follows from its seed.
///
/// The algorithm is Guy Steele's and Sebastiano Vigna's; the constants are theirs.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The course that begins with `seed`.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A seed that is printed: that of `TUTTI_TEST_SEED` when it is set, else a new one.
package func printedSeed(_ what: String = #function) -> UInt64 {
    let seed = environmentVariable("TUTTI_TEST_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 1...9_999_999)
    print("\(what): seed \(seed) (repeat with TUTTI_TEST_SEED=\(seed))")
    return seed
}

/// FNV-1a over 64 bits, as `fake-provider` prints it of its standard input and of its answer.
package func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}
