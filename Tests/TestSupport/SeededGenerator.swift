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
