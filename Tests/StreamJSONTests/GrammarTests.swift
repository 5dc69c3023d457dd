import Model
import StreamJSON
import TestSupport
import Testing

@Suite struct GrammarTests {
    private func reads(_ bytes: [UInt8]) -> Bool { (try? JSONValue(parsing: bytes)) != nil }

    private func skips(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { (try? JSONSlice(line: $0)) != nil }
    }

    @Test func `every text is read and skipped as the RFC says (T30)`() {
        #expect(GrammarTable.entries.count >= 250)
        for entry in GrammarTable.entries {
            let text = String(decoding: entry.bytes.prefix(60), as: UTF8.self)
            #expect(reads(entry.bytes) == entry.isValid, "reading \(text)")
            #expect(skips(entry.bytes) == entry.isValid, "skipping \(text)")
        }
    }

    @Test func `a text within another is judged as strictly (T30)`() {
        for entry in GrammarTable.entries where entry.isValid && entry.bytes.first != 0xEF && entry.bytes.count < 200 {
            #expect(reads([0x5B] + entry.bytes + [0x5D]), "\(String(decoding: entry.bytes, as: UTF8.self))")
            #expect(skips(Array("{\"k\":".utf8) + entry.bytes + [0x7D]))
        }
        for entry in GrammarTable.entries where !entry.isValid && entry.bytes.count < 200 {
            // Two values with a comma between them, and nothing at all, are well in an array.
            let text = String(decoding: entry.bytes, as: UTF8.self)
            if text.allSatisfy(\.isWhitespace) || ["1,000"].contains(text) { continue }
            let wrapped = Array("{\"k\":".utf8) + entry.bytes + [0x7D]
            #expect(reads(wrapped) == skips(wrapped))
            #expect(!reads(wrapped), "\(text)")
        }
    }

    @Test func `Python judges the table alike (T30)`() async throws {
        let judged = GrammarTable.entries.filter(\.isJudged)
        let input = judged.map { $0.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
        let script = """
            import json, sys
            def no(word): raise ValueError(word)
            for line in sys.stdin.read().split("\\n"):
                try: json.loads(bytes.fromhex(line), parse_constant=no); print("yes")
                except (ValueError, RecursionError): print("no")
            """
        let result = try await onOwnThread {
            try run(["python3", "-c", script], input: Array(input.joined(separator: "\n").utf8))
        }
        let verdicts = result.lines.map { $0 == "yes" }
        try #require(verdicts.count == judged.count, "\(result.errors)")
        for (entry, verdict) in zip(judged, verdicts) {
            #expect(verdict == entry.isValid, "\(String(decoding: entry.bytes.prefix(60), as: UTF8.self))")
        }
    }

    @Test func `every beginning of a valid text is refused, unless it is valid itself`() {
        let bytes = Array(#"{"a":[1.5e-3,"x\u00e9\n",true,null,{"b":{}}],"c":"d"}"#.utf8)
        for length in 0..<bytes.count { #expect(!skips(Array(bytes[..<length]))) }
        #expect(skips(bytes))
    }
}
