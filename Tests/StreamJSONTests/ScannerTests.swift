import Model
import StreamJSON
import TestSupport
import Testing

@Suite struct ScannerTests {
    private func string(_ json: String) throws -> String? { try JSONValue(parsing: json).string }

    @Test func `halves of surrogate pairs are joined, and replaced where they stand alone (T34)`() throws {
        #expect(try string(#""\ud83d\ude00""#) == "😀")
        #expect(try string(#""a\ud83db""#) == "a\u{FFFD}b")
        #expect(try string(#""\ude00\ud83d""#) == "\u{FFFD}\u{FFFD}")
        #expect(try string(#""\ud83d\ud83d\ude00""#) == "\u{FFFD}😀")
        #expect(try string(#""\u0000\u001b""#) == "\u{0}\u{1B}")
        #expect(try string(#""\ud83d""#) == "\u{FFFD}")
    }

    @Test func `halves in two pieces of one text are joined`() throws {
        var high: UInt16?
        func piece(_ json: String) throws -> String {
            var bytes = Array(json.utf8)
            return try bytes.withUnsafeMutableBytes { bytes in
                try #require(try JSONSlice(line: UnsafeRawBufferPointer(bytes)).text).string(joining: &high)
            }
        }
        #expect(try piece(#""x\ud83d""#) == "x")
        #expect(try piece(#""\ude00y""#) == "😀y")
        #expect(try piece(#""\ud83d""#) == "")
        #expect(try piece(#""z""#) == "\u{FFFD}z")
        #expect(high == nil)
    }

    @Test func `integers are exact to 64 bits, and numbers beyond them floating (T34)`() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "-9223372036854775808") == .integer(.min))
        #expect(try JSONValue(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: "-9223372036854775809") == .number(-9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: "1.5e3") == .number(1500))
        #expect(try JSONValue(parsing: "1e400").number == .infinity)
        #expect(try JSONValue(parsing: "-0") == .integer(0))
        let long = String(repeating: "1", count: 1_000_000)
        #expect(try JSONValue(parsing: long).number == .infinity)
    }

    @Test func `a doubled key has its last value, and keys may be written with escapes`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#)["a"] == .integer(2))
        let line = Array(#"{"typ\u0065":"x","a":1,"type":"y"}"#.utf8)
        try line.withUnsafeBytes { bytes in
            let slice = try JSONSlice(line: bytes)
            #expect(slice.members["type"]?.string == "y")
            #expect(slice["type"]?.string == "y")
            #expect(slice["a"]?.integer == 1)
        }
    }

    @Test func `a question that does not fit the value has no answer`() throws {
        let line = Array(#"{"s":"x","n":1,"o":{},"a":[1,2],"t":true,"z":null}"#.utf8)
        try line.withUnsafeBytes { bytes in
            let members = try JSONSlice(line: bytes).members
            #expect(members["s"]?.integer == nil)
            #expect(members["s"]?.bool == nil)
            #expect(members["n"]?.string == nil)
            #expect(members["o"]?.number == nil)
            #expect(members["a"]?["x"] == nil)
            #expect(members["z"]?.isNull == true)
            #expect(members["t"]?.bool == true)
            #expect(members["missing"] == nil)
        }
    }

    @Test func `a million keys are read and skipped (T33)`() throws {
        let text = "{" + (0..<1_000_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { _ = try JSONSlice(line: $0).members }
        #expect(try JSONValue(parsing: bytes).object?.members.count == 1_000_000)
    }

    @Test func `a value says in which bytes it is written`() throws {
        let line = Array(#"{"a": {"b" : [1, "x"]} }"#.utf8)
        let source = try line.withUnsafeBytes { try JSONSlice(line: $0)["a"]?.source }
        #expect(source == #"{"b" : [1, "x"]}"#)
    }

    @Test func `what is written is read again`() throws {
        let seed = printedSeed()
        var generator = SplitMix64(seed: seed)
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &generator) {
            case 0: return .null
            case 1: return .bool(.random(using: &generator))
            case 2: return .integer(.random(in: .min ... .max, using: &generator))
            case 3: return .number(Double.random(in: -1e9...1e9, using: &generator) + 0.5)
            case 4:
                let scalars = (0..<Int.random(in: 0..<12, using: &generator)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0..<0x11000, using: &generator))
                }
                return .string(String(String.UnicodeScalarView(scalars)))
            case 5: return .array((0..<3).map { _ in value(depth + 1) })
            default: return .object(JSONObject((0..<3).map { ("k\($0)", value(depth + 1)) }))
            }
        }
        for _ in 0..<500 {
            let original = value(0)
            #expect(try JSONValue(parsing: original.text) == original)
        }
    }

    @Test func `no bytes stop the scanner (T35)`() {
        let seed = printedSeed()
        var generator = SplitMix64(seed: seed)
        let alphabet = Array("{}[]\":,\\u0123456789abcdefnrt-+.eE \n\u{0}\u{FEFF}é😀".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let read = (try? JSONValue(parsing: bytes)) != nil
            let skipped = bytes.withUnsafeBytes { (try? JSONSlice(line: $0)) != nil }
            #expect(read == skipped, "\(bytes)")
        }
    }
}
