import Model
import Testing

@testable import Commands

@Suite struct AmountsTests {
    @Test func `durations are shown in the form that their place needs`() {
        #expect(Amounts.clock(milliseconds: 41_999) == "00:41")
        #expect(Amounts.clock(milliseconds: 3_641_000) == "1:00:41")
        #expect(Amounts.age(milliseconds: 58_000) == "0:58")
        #expect(Amounts.age(milliseconds: 260_000_000) == "3 d")
        #expect(Amounts.span(milliseconds: 84) == "84 ms")
        #expect(Amounts.span(milliseconds: 1_900) == "1.9 s")
        #expect(Amounts.seconds(milliseconds: 31_020) == "31.0s")
        #expect(Amounts.ago(milliseconds: 120_000) == "2 min ago")
        #expect(Amounts.clock(milliseconds: -5) == "00:00")
    }

    @Test func `counts are short, and never round into the next unit`() {
        #expect(Amounts.tokens(912) == "912")
        #expect(Amounts.tokens(12_800) == "12.8k")
        #expect(Amounts.tokens(999_949) == "999.9k")
        #expect(Amounts.tokens(999_950) == "1.0M")
        #expect(Amounts.grouped(41_200) == "41,200")
        #expect(Amounts.grouped(-1_234_567) == "-1,234,567")
        #expect(Amounts.bytes(912) == "912 B")
        #expect(Amounts.bytes(65_536) == "64.0 KiB")
    }

    @Test func `money shows traces, and unknown is not nothing`() {
        #expect(Amounts.money(Money(nanos: 41_000_000)) == "$0.041")
        #expect(Amounts.money(Money(nanos: 400)) == "<$0.001")
        #expect(Amounts.money(Money.zero) == "$0.000")
        #expect(Amounts.money(Money(nanos: 12_300_000_000)) == "$12.30")
        #expect(Amounts.money(Money(nanos: 999_600_000)) == "$1.00")
        #expect(Amounts.money(Money?.none) == "?")
    }
}
