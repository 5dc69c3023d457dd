import Model
import TestSupport
import Testing

@Suite struct UsageTests {
    @Test(
        arguments: [
            (0, "0"), (1, "0.000000001"), (-1, "-0.000000001"), (4_060_000, "0.00406"), (1_000_000_000, "1"),
            (2_500_000_000, "2.5"), (-2_500_000_000, "-2.5"), (10_000_000_001, "10.000000001"),
            (100_000_000_000, "100"),
            (Int64.max, "9223372036.854775807"), (Int64.min, "-9223372036.854775808"),
        ] as [(Int64, String)])
    func `money is written as decimal dollars without trailing zeros`(nanos: Int64, text: String) {
        #expect(Money(nanos: nanos).dollars == text)
    }

    @Test func `dollars of a provider become exact billionths`() {
        #expect(Money(dollars: 0.1)?.nanos == 100_000_000)
        #expect(Money(dollars: 0.00406)?.nanos == 4_060_000)
        #expect(Money(dollars: -2.5)?.nanos == -2_500_000_000)
        #expect(Money(dollars: 0.000_000_000_4) == .zero)
        #expect(Money(dollars: 0.000_000_000_6)?.nanos == 1)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `what is no amount is refused`(dollars: Double) {
        #expect(Money(dollars: dollars) == nil)
    }

    @Test(arguments: [1_000_000.5, 9e9, 1e300])
    func `an amount that nobody can have spent counts for the most there is`(dollars: Double) {
        #expect(Money(dollars: dollars) == Money.most)
        #expect(Money(dollars: -dollars) == .zero - Money.most)
    }

    @Test func `sums and differences of any amounts stop at the ends of the numbers`() {
        let ends = [Int64.min, -1, 0, 1, .max]
        for (one, other) in ends.flatMap({ one in ends.map { (one, $0) } }) {
            let (left, right) = (Double(one), Double(other))
            let sum = (Money(nanos: one) + Money(nanos: other)).nanos
            let difference = (Money(nanos: one) - Money(nanos: other)).nanos
            #expect(abs(Double(sum) - max(-0x1p63, min(left + right, 0x1p63))) <= 2048)
            #expect(abs(Double(difference) - max(-0x1p63, min(left - right, 0x1p63))) <= 2048)
        }
    }

    @Test func `tokens that nobody can have used count for the most there is`() {
        let most = Usage(input: .max, cacheRead: .max, cacheWrite: .max, output: .max, reasoning: .max)
        #expect(most.input == Usage.most && most.reasoning == Usage.most)
        #expect(most.total == 4 * Usage.most)
        #expect((most + most).output == Usage.most)
        #expect((Usage() - most - most).output == -Usage.most)
        #expect(Usage.count(.max) == Usage.most)
        #expect(Usage.count(-5) == 0 && Usage.count(nil) == 0 && Usage.count(7) == 7)
        let sum = (0..<5000).reduce(Spending.zero) { sum, _ in sum + Spending(money: Money.most, tokens: most.total) }
        #expect(sum.tokens == .max && sum.money.nanos == 5_000_000_000_000_000_000)
    }

    @Test func `a thousand fractions add up exactly`() throws {
        let tenth = try #require(Money(dollars: 0.1))
        let sum = (0..<1000).reduce(Money.zero) { sum, _ in sum + tenth }
        #expect(sum.dollars == "100")
        #expect((sum - tenth).dollars == "99.9")
        #expect(tenth < sum)
    }

    @Test(
        arguments: [
            (0, 0), (499, 0), (500, 1), (1499, 1), (1500, 2), (-499, 0), (-500, -1), (-1500, -2), (4_060_000, 4060),
            (.max, 9_223_372_036_854_776), (.min, -9_223_372_036_854_776),
        ] as [(Int64, Int64)])
    func `millionths are rounded to the nearest`(nanos: Int64, micros: Int64) {
        #expect(Money(nanos: nanos).micros == micros)
    }

    @Test func `tokens add up field by field, and reasoning is a part of the output`() {
        let sum =
            Usage(input: 1, cacheRead: 2, cacheWrite: 3, output: 40, reasoning: 5, cost: Money(nanos: 6))
            + Usage(input: 10, cacheRead: 20, cacheWrite: 30, output: 400, reasoning: 50, cost: Money(nanos: 60))
        #expect(
            sum
                == Usage(
                    input: 11, cacheRead: 22, cacheWrite: 33, output: 440, reasoning: 55, cost: Money(nanos: 66)))
        #expect(sum.total == 506)
    }

    @Test func `a sum with an unknown cost has an unknown cost, not a smaller one`() {
        let known = Usage(output: 1, cost: Money(nanos: 5))
        let unknown = Usage(output: 1)
        #expect((known + unknown).cost == nil)
        #expect((unknown + known).cost == nil)
        #expect((known - unknown).cost == nil)
        #expect((known + unknown).output == 2)
        #expect((known + Usage(cost: .zero)).cost == Money(nanos: 5))
    }

    @Test func `what was added and taken away again leaves what was there`() {
        var generator = SplitMix64(seed: printedSeed())
        func some() -> Usage {
            func count() -> Int64 { Int64.random(in: 0...1_000_000, using: &generator) }
            return Usage(
                input: count(), cacheRead: count(), cacheWrite: count(), output: count(), reasoning: count(),
                cost: Money(nanos: count()))
        }
        for _ in 0..<100 {
            let (one, other) = (some(), some())
            #expect(one + other - other == one)
            #expect(one + other == other + one)
        }
    }
}
