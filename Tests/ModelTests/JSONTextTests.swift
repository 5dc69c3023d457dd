import Foundation
import Model
import TestSupport
import Testing

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), (#"a"b\c/d"#, #""a\"b\\c/d""#), ("\n\r\t", #""\n\r\t""#),
        ("\0\u{1}\u{8}\u{c}\u{1b}[31m\u{1f}", #""\u0000\u0001\u0008\u000c\u001b[31m\u001f""#),
        ("\u{7f}", #""\u007f""#), ("\u{80}\u{9b}31m\u{9f}", #""\u0080\u009b31m\u009f""#),
        ("\u{a0}\u{ff}é", "\"\u{a0}\u{ff}é\""), ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""),
        ("👩‍👩‍👧 漢字", "\"👩‍👩‍👧 漢字\""), ("ends with a control\u{9b}", #""ends with a control\u009b""#),
    ])
    func `a string is escaped as far as lines and terminals need it`(string: String, text: String) {
        #expect(JSONValue.string(string).text == text)
    }

    @Test func `no control byte stands in any text, and another reader finds the same string`() throws {
        var generator = SplitMix64(seed: printedSeed())
        for _ in 0..<500 {
            var string = ""
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                let bound: UInt32 = Bool.random(using: &generator) ? 0x100 : 0x10FFFF
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...bound, using: &generator)) {
                    string.unicodeScalars.append(scalar)
                }
            }
            let text = JSONValue.object(["key": [.string(string)]]).text
            for scalar in text.unicodeScalars {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value), "\(string.debugDescription)")
            }
            let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String]]
            let found = try #require(read?["key"]?.first)
            #expect(found.unicodeScalars.elementsEqual(string.unicodeScalars), "\(string.debugDescription)")
        }
    }

    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (false, "false"), (.integer(.max), "9223372036854775807"),
            (.integer(.min), "-9223372036854775808"), (.number(1.5), "1.5"), (.number(-0.001), "-0.001"),
            (.number(.nan), "null"), (.number(.infinity), "null"), ([], "[]"), ([1, "a", .null], #"[1,"a",null]"#),
            ([:], "{}"), (["z": 1, "a": ["b": []]], #"{"z":1,"a":{"b":[]}}"#),
        ] as [(JSONValue, String)])
    func `values are written on one line, keys in the order in which they came`(value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test func `a member that is set again keeps its place, and nil removes it`() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = 20
        object["a"] = nil
        object["d"] = 4
        #expect(object.text == #"{"b":20,"c":3,"d":4}"#)
    }

    @Test func `of a doubled key the last one counts`() {
        let object = JSONObject([(key: "a", value: 1), (key: "a", value: 2)])
        #expect(object["a"] == 2)
        #expect(object.text == #"{"a":1,"a":2}"#)
    }

    @Test func `a value answers only as what it is`() {
        let value: JSONValue = [
            "text": "x", "count": 3, "part": .number(0.5), "whole": .number(2), "list": [1], "is": true,
        ]
        #expect(value["text"]?.string == "x")
        #expect(value["count"]?.integer == 3)
        #expect(value["count"]?.number == 3)
        #expect(value["part"]?.integer == nil)
        #expect(value["whole"]?.integer == 2)
        #expect(value["list"]?.array?.count == 1)
        #expect(value["is"]?.bool == true)
        #expect(value["is"]?.integer == nil)
        #expect(value["text"]?.object == nil)
        #expect(value["missing"] == nil)
        #expect(JSONValue.optional(nil as String?) == .null)
        #expect(JSONValue.optional(7 as Int64?) == 7)
    }
}
