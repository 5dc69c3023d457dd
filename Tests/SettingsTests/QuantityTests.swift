import Model
import Testing

@testable import Settings

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", 0), ("500ms", 500), ("10s", 10_000), ("10m", 600_000), ("1h30m", 5_400_000), ("1.5s", 1500),
        ("2d", 172_800_000),
        ("1d2h3m4s5ms", 93_784_005), ("0.5m", 30_000), ("0s", 0), ("90m", 5_400_000),
    ])
    func `spans of time are read`(_ text: String, _ milliseconds: Int) {
        #expect(Quantity.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "10", "m", "-1s", "1 s", "1m1h", "1s1s", "1.5m3s", "1,5s", "10S", "1e3s", ".5s", "5.s", "99999999d", "１s",
        "10sec", "∞",
    ])
    func `what is no span of time is refused`(_ text: String) { #expect(Quantity.duration(text) == nil) }

    @Test(arguments: [
        ("4096", 4096), ("512MiB", 536_870_912), ("1.5GiB", 1_610_612_736), ("20MB", 20_000_000), ("1 KiB", 1024),
        ("0", 0),
        ("2gb", 2_000_000_000), ("1TiB", 1_099_511_627_776), ("7B", 7),
    ])
    func `sizes are read`(_ text: String, _ bytes: Int64) { #expect(Quantity.size(text) == bytes) }

    @Test(arguments: ["", "MiB", "-1", "1.5", "1XB", "1 0", "99999999999999999999", "1e9", "9999999TiB"])
    func `what is no size is refused`(_ text: String) { #expect(Quantity.size(text) == nil) }

    @Test(arguments: [
        ("2.00", 2_000_000_000), ("$0.5", 500_000_000), ("0", 0), ("0.000000001", 1),
        ("8999999999", 8_999_999_999_000_000_000),
    ])
    func `amounts of money are read exactly`(_ text: String, _ nanos: Int64) {
        #expect(Quantity.money(text)?.nanos == nanos)
    }

    @Test(arguments: ["", "$", "-1", "1.", ".5", "1,00", "1e2", "1.0000000001", "9000000000", "2 USD", "٢"])
    func `what is no amount of money is refused`(_ text: String) { #expect(Quantity.money(text) == nil) }

    @Test func `what is written is read back`() {
        for milliseconds in [0, 1, 500, 999, 1000, 61_001, 3_600_000, 86_400_000, 93_784_005] {
            let duration = Duration.milliseconds(milliseconds)
            #expect(Quantity.duration(Quantity.text(duration)) == duration)
        }
        for size: Int64 in [0, 1, 1000, 1024, 1 << 20, 3 << 30, 5 << 40, 1_000_001] {
            #expect(Quantity.size(Quantity.text(size: size)) == size)
        }
        for key in SettingKey.all where key.builtIn != .none {
            var value: SettingValue?
            if case .list(let words) = key.builtIn {
                value = try? key.read(words)
            } else {
                value = try? key.read(key.builtIn.description)
            }
            #expect(value == key.builtIn, "\(key.name)")
        }
    }

    @Test(
        arguments: [
            ("josb", "jobs"), ("totla", "total"), ("Modules", "modules"), ("provder", "provider"), ("xyz", nil),
            ("", nil),
            ("max_dely", "max_delay"),
        ] as [(String, String?)])
    func `the nearest word is suggested only when it is near`(_ word: String, _ expected: String?) {
        let words = ["jobs", "total", "modules", "provider", "max_delay", "delay"]
        #expect(Suggestion.nearest(to: word, among: words) == expected)
    }
}
