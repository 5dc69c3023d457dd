import Foundation
import Model
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (-86_400_000, "1969-12-31T00:00:00.000Z"),
            (-58_017_600_000, "1968-02-29T12:00:00.000Z"), (-2_203_891_201_000, "1900-02-28T23:59:59.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (-11_670_998_400_000, "1600-02-29T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (946_684_799_999, "1999-12-31T23:59:59.999Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"), (1_795_262_702_113, "2026-11-21T12:05:02.113Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (13_574_563_200_000, "2400-02-29T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `a moment is written as ISO 8601 in UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    }

    @Test func `any moment of eight centuries is the one that another calendar gives`() {
        var generator = SplitMix64(seed: printedSeed())
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        // From 1600 to 2400: Foundation's calendar is a Julian one before 1582.
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: -11_670_998_400_000...13_574_563_200_000, using: &generator)
            let seconds = Int64((Double(milliseconds) / 1000).rounded(.down))
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second],
                from: Date(timeIntervalSince1970: TimeInterval(seconds)))
            func pad(_ value: Int?, _ width: Int) -> String {
                let digits = String(value ?? -1)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            let text =
                "\(pad(parts.year, 4))-\(pad(parts.month, 2))-\(pad(parts.day, 2))T\(pad(parts.hour, 2)):"
                + "\(pad(parts.minute, 2)):\(pad(parts.second, 2)).\(pad(Int(milliseconds - seconds * 1000), 3))Z"
            #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        }
    }

    @Test func `the ends of the clock are written too`() {
        #expect(Timestamp(milliseconds: .max).iso8601.hasSuffix("T07:12:55.807Z"))
        #expect(Timestamp(milliseconds: .min).iso8601.hasSuffix("T16:47:04.192Z"))
    }

    @Test func `later is larger`() { #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0)) }
}
