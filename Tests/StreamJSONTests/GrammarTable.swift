/// Texts for every production of RFC 8259, and whether it allows them.
enum GrammarTable {
    struct Entry: Sendable {
        var bytes: [UInt8]
        var isValid: Bool
        /// False where the judge has limits or freedoms of its own.
        var isJudged = true
    }

    static let entries: [Entry] =
        valid.map { Entry(bytes: Array($0.utf8), isValid: true) }
        + invalid.map { Entry(bytes: Array($0.utf8), isValid: false) }
        + controls + letters + ownRules + raw

    /// Texts that are JSON.
    private static let valid: [String] = [
        // Values and white space.
        "null", "true", "false", "0", "\"\"", "[]", "{}", " null", "null ", "\tnull", "null\t", "\nnull", "null\n",
        "\rnull", "null\r", " \t\r\n null \t\r\n ", "[ ]", "{ }", "[\n]", "{\r\n}", "[\t1\t]", "[ 1 , 2 ]",
        "{ \"a\" : 1 }", "{\"a\":1 , \"b\":2}", "{\"a\"\n:\n1\n}",
        // Arrays.
        "[1]", "[1,2]", "[1,2,3]", "[[]]", "[[[]]]", "[[],[]]", "[null]", "[true,false,null]", "[\"a\",1,{}]",
        "[{}]", "[{\"a\":[]}]", "[[1],[2],[3]]", "[\"\"]", "[0]", "[-0]", "[1.5]", "[1e1]",
        // Objects.
        "{\"\":0}", "{\"a\":null}", "{\"a\":\"b\"}", "{\"a\":{\"b\":{}}}", "{\"a\":[1]}", "{\"a\":1,\"b\":2}",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "{\"\\u0061\":1}", "{\"a b\":1}", "{\"日本\":\"語\"}",
        "{\"\\u0000\":0}", "{\"a\":true,\"b\":false,\"c\":null}", "{\"a\":{},\"b\":[]}",
        // Integers.
        "1", "9", "10", "19", "99", "123", "-1", "-9", "-10", "-0", "1234567890", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
        "100000000000000000000", "123456789012345678901234567890",
        // Fractions and exponents.
        "0.0", "0.1", "1.0", "1.5", "-0.0", "-0.5", "-1.25", "123.456", "0.00000000000000000000001", "1.000",
        "1e1", "1E1", "1e+1", "1E+1", "1e-1", "1E-1", "1e0", "1e00", "1e01", "0e0", "0e1", "0E-1", "0e+1", "1.5e3",
        "1.5E-3", "-1.5e+3", "1e308", "1e309", "1e-400", "-1e400", "123e65", "0.5e10", "1e999999", "-0e0",
        // Strings.
        "\"a\"", "\"abc\"", "\" \"", "\"a b\"", "\"'\"", "\"/\"", "\"\\/\"", "\"\\\\\"", "\"\\\"\"", "\"\\b\"",
        "\"\\f\"",
        "\"\\n\"", "\"\\r\"", "\"\\t\"", "\"\\u0000\"", "\"\\u001f\"", "\"\\u0020\"", "\"\\u0041\"", "\"\\u00e9\"",
        "\"\\u20ac\"", "\"\\uFFFF\"", "\"\\uffff\"", "\"\\uAbCd\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"",
        "\"\\ud83d\"", "\"\\ude00\"", "\"\\ude00\\ud83d\"", "\"\\ud83d\\ud83d\\ude00\"", "\"x\\ud83dy\"",
        "\"\\ud83d\\n\"", "\"\\ud83d \\ude00\"", "\"é\"", "\"€\"", "\"😀\"", "\"\u{7F}\"", "\"\u{80}\"", "\"\u{85}\"",
        "\"\u{2028}\u{2029}\"", "\"\u{FEFF}\"", "\"\u{FFFF}\"", "\"\u{10FFFF}\"", "\"a\\u0000b\"", "\"{}\"",
        "\"[1,2]\"",
        "\"//\"", "\"/* */\"", "\"\\\\u0041\"", "\"\\\\\\\"\"", "\"1\"", "\"null\"", "\"0123456789abcdef0123\"",
        "\"01234567\"", "\"0123456\\n\"", "\"01234567\\n\"", "\"0123456😀\"", "\"        \"",
    ]

    /// Texts that are not JSON.
    private static let invalid: [String] = [
        // Nothing, or more than one value.
        "", " ", "\n", "\t \r\n", "1 2", "null null", "{}{}", "[][]", "{} []", "1,", ",1", ",", "[],", "{},", "1 x",
        "null x", "\"a\" \"b\"", "\"a\"b", "{}x", "[]x", "[1]]", "{\"a\":1}}", "null\u{0}",
        // White space that the grammar does not know.
        "\u{0B}null", "\u{0C}null", "\u{A0}null", "\u{2028}null", "\u{3000}1", "null\u{85}", "[\u{0C}1]",
        "\u{FEFF}\u{FEFF}1",
        "1\u{FEFF}",
        // Words.
        "nul", "nulll", "Null", "NULL", "tru", "truee", "True", "TRUE", "fals", "falsee", "False", "undefined", "NaN",
        "Infinity", "-Infinity", "nan", "inf", "n", "t", "f", "none", "yes", "a", "[nul]", "[tru", "{\"a\":nul}",
        // Arrays.
        "[", "]", "[1", "[1,", "[,", "[,]", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1;2]", "[[]", "[]]", "[1}", "[1:2]",
        "[\"a\":1]", "[1,2", "[\"a\"", "[\"a", "[[[", "[{]", "[}", "[1,\n", "[ , ]", "(1)", "[1,2,]", "[\"a\",]",
        // Objects.
        "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}",
        "{\"a\" 1}", "{\"a\",1}", "{\"a\"}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "{true:1}", "{[]:1}", "{{}:1}",
        "{\"a\":}", "{:1}", "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\":1]", "{\"a\":1:2}",
        "{\"a\":1}}", "{\"a\":{}", "{\"a\":[}", "{\"a", "{\"a\\", "{\"a\":tru}", "{\"\":}", "{\"a\"=1}", "{ , }",
        // Numbers.
        "-", "+1", "+", "01", "00", "-01", "-00", "0123", "1.", "-1.", ".5", "-.5", ".", "1.e1", "1..2", "1.2.3", "1e",
        "1e+", "1e-", "1E", "e1", "E5", "1e1.5", "1e1e1", "1e+-1", "--1", "-+1", "1-", "1-2", "1+2", "0x10", "0X1",
        "0b1", "0o7", "1_000", "1,000", "1 000", "1f", "1d", "1L", "0.", "0.e1", "0e", "0e+", "- 1", "1 .5", "1. 5",
        "１", "1\u{660}", "²", "-a", "[-]", "[1.]", "[.1]", "[01]", "[1e]", "{\"a\":-}", "{\"a\":01}", "-NaN", "1e1_0",
        // Strings.
        "\"", "\"a", "\"\\", "\"\\\"", "'a'", "a\"", "\"a\"\"", "\"\\x41\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"",
        "\"\\u123\"",
        "\"\\u123", "\"\\u12g4\"", "\"\\uXYZW\"", "\"\\u 123\"", "\"\\u-123\"", "\"\\U0041\"", "\"\\ud83d\\u\"",
        "\"\\u{41}\"", "\"\\ \"", "\"\\\n\"", "\"\\é\"", "\"\\'\"", "\"\\0\"", "\"\\1\"", "\"a\nb\"", "\"\t\"", "`a`",
        "\u{201C}a\u{201D}", "\"0123456789\n\"", "\"01234567\u{1F}\"",
        // What other notations allow.
        "//a\n1", "1//a", "/* a */1", "1/* a */", "#a\n1", "{\"a\":1}//", "[1]/**/", "{\"a\":/**/1}", "{a:'b'}",
        "[1,2,3,]",
        "{\"a\":.5}", "<a/>", "a: 1", "- 1\n- 2", "data: {}", "\\u0031", "\u{1B}[0m1", "{\"a\":undefined}",
    ]

    /// Every control byte as it is in a string, where none may stand.
    private static let controls: [Entry] = (UInt8(0)..<0x20).map {
        Entry(bytes: [0x22, 0x61, $0, 0x22], isValid: false)
    }

    /// Every printable byte after a backslash, of which eight mean something alone.
    private static let letters: [Entry] = (UInt8(0x21)..<0x7F).map {
        Entry(bytes: [0x22, 0x5C, $0, 0x22], isValid: Array("\"\\/bfnrt".utf8).contains($0))
    }

    /// Where the RFC leaves the choice, or the judge has limits of its own.
    private static let ownRules: [Entry] = [
        Entry(bytes: Array("\u{FEFF}{\"a\":1}".utf8), isValid: true),
        Entry(bytes: Array("\u{FEFF} null".utf8), isValid: true),
        Entry(bytes: Array("\u{FEFF}".utf8), isValid: false),
        // The judge takes this for UTF-16.
        Entry(bytes: [0x31, 0x00], isValid: false, isJudged: false),
        Entry(bytes: nested("[", "]", 128), isValid: true),
        Entry(bytes: nested("[", "]", 129), isValid: false, isJudged: false),
        Entry(bytes: nested("{\"a\":", "}", 128, "1"), isValid: true),
        Entry(bytes: nested("{\"a\":", "}", 129, "1"), isValid: false, isJudged: false),
        Entry(bytes: nested("[{\"a\":", "}]", 64, "1"), isValid: true),
        Entry(bytes: nested("[", "]", 512), isValid: false, isJudged: false),
        Entry(bytes: nested("[", "]", 100_000), isValid: false, isJudged: false),
        Entry(bytes: [UInt8](repeating: 0x5B, count: 100_000), isValid: false, isJudged: false),
        Entry(bytes: [UInt8](repeating: 0x31, count: 1_000_000), isValid: true, isJudged: false),
        Entry(bytes: Array("0.".utf8) + [UInt8](repeating: 0x31, count: 1_000_000), isValid: true),
        Entry(bytes: Array("1e".utf8) + [UInt8](repeating: 0x30, count: 100_000), isValid: true, isJudged: false),
    ]

    /// Bytes that are no UTF-8: let through within strings, where U+FFFD stands for them, and nowhere else.
    private static let raw: [Entry] = [
        Entry(bytes: [0x22, 0xFF, 0x22], isValid: true, isJudged: false),
        Entry(bytes: [0x22, 0xE2, 0x82, 0x22], isValid: true, isJudged: false),
        Entry(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], isValid: true, isJudged: false),
        Entry(bytes: [0x22, 0xC0, 0xAF, 0x22], isValid: true, isJudged: false),
        Entry(bytes: [0xFF], isValid: false), Entry(bytes: [0x5B, 0xFF, 0x5D], isValid: false),
        Entry(bytes: [0xEF, 0xBB], isValid: false), Entry(bytes: [0x31, 0xC3], isValid: false),
        Entry(bytes: [0xFE, 0xFF, 0x00, 0x31], isValid: false, isJudged: false),
    ]

    private static func nested(_ open: String, _ close: String, _ depth: Int, _ inner: String = "") -> [UInt8] {
        Array(String(repeating: open, count: depth).utf8) + Array(inner.utf8)
            + Array(String(repeating: close, count: depth).utf8)
    }
}
