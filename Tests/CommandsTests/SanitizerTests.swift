import Testing

@testable import Commands

@Suite struct SanitizerTests {
    @Test func `escape sequences become text that can be read`() {
        #expect(Sanitizer.text("a\u{1B}[2Jb") == "a␛[2Jb")
        #expect(Sanitizer.text("\u{1B}]0;owned\u{07}") == "␛]0;owned␇")
        #expect(Sanitizer.text("a\u{9B}2Jb") == "a<U+009B>2Jb")
        #expect(Sanitizer.text("x\u{7F}\u{08}\u{0D}y") == "x␡␈␍y")
        #expect(Sanitizer.text("\u{1B}[31m", unicode: false) == "^[[31m")
    }

    @Test func `text that turns its own direction around is shown as what it is`() {
        #expect(Sanitizer.text("user\u{202E}txt.exe") == "user<U+202E>txt.exe")
        #expect(Sanitizer.text("a\u{2066}b\u{2069}\u{200F}\u{061C}") == "a<U+2066>b<U+2069><U+200F><U+061C>")
    }

    @Test func `newlines, tabs, accents and emoji pass unchanged`() {
        let text = "one\n\ttwo é e\u{301} 日本 👩‍👩‍👧 🇩🇪"
        #expect(Sanitizer.text(text) == text)
    }

    @Test func `every control character is shown, in every locale`() {
        for value in UInt32(0)..<0xA0 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = scalar.properties.generalCategory == .control && value != 0x0A && value != 0x09
            for unicode in [true, false] {
                let shown = Sanitizer.text("a\(scalar)b", unicode: unicode)
                let controls = shown.unicodeScalars.filter {
                    $0.properties.generalCategory == .control && $0.value != 0x0A && $0.value != 0x09
                }
                #expect(controls.isEmpty, "U+\(String(value, radix: 16))")
                #expect((shown == "a\(scalar)b") == !isControl)
            }
        }
    }

    @Test func `one line stays one line`() {
        #expect(Sanitizer.line("  a\n\n b\tc\r\n") == "a b c")
        #expect(Sanitizer.line("a\u{1B}[1m") == "a␛[1m")
    }
}
