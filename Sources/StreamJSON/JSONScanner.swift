import Glibc

/// Reads one JSON text piece by piece, in the order in which it is written.
///
/// Accepts what RFC 8259 accepts and refuses what it refuses; skipping a value looks at it as strictly as reading it. Beyond
/// that, as the RFC allows: a byte order mark before the text is ignored, strings may hold bytes that are not UTF-8 and halves
/// of surrogate pairs (see `JSONText`), numbers may have any size, keys may come twice, and depth has a limit.
package struct JSONScanner {
    /// The depth to which arrays and objects may lie in each other.
    package static let defaultDepth = 128

    /// What a value is, told by its first byte.
    package enum Kind: Sendable {
        case object, array, string, number, bool, null
    }

    let start: UnsafePointer<UInt8>
    let count: Int
    /// Where reading goes on, in bytes from the start.
    package private(set) var position = 0
    private var depth = 0
    private let maximumDepth: Int
    /// True between two members or elements, where a comma must come before the next.
    private var followsValue = false

    /// A scanner at the start of `bytes`, which must stay valid while it is used.
    package init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = defaultDepth) {
        // An empty buffer may have no address; one that is never read stands for it.
        let address = bytes.baseAddress ?? UnsafeRawPointer(("" as StaticString).utf8Start)
        start = address.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
        self.maximumDepth = maximumDepth
        if count >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { position = 3 }
    }

    /// Steps over `literal` if exactly these bytes come next. It must leave the scanner after a value, or before one, at
    /// `depth` open containers: a short way through lines of a known shape.
    package mutating func step(over literal: StaticString, depth: Int, followsValue: Bool) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard count - position >= length, memcmp(start + position, literal.utf8Start, length) == 0 else { return false }
        position += length
        self.depth = depth
        self.followsValue = followsValue
        return true
    }

    /// What the next value is.
    package mutating func kind() throws(JSONError) -> Kind {
        skipWhitespace()
        guard position < count else { throw error(.incomplete) }
        switch start[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpected)
        }
    }

    /// Opens the object that comes next; its members follow by `nextKey()`.
    package mutating func enterObject() throws(JSONError) { try enter(UInt8(ascii: "{")) }

    /// The key of the next member, whose value must then be read or skipped; nil at the object's end.
    package mutating func nextKey() throws(JSONError) -> JSONText? {
        guard try goesOn(UInt8(ascii: "}")) else { return nil }
        let key = try text()
        skipWhitespace()
        try expect(UInt8(ascii: ":"))
        followsValue = false
        return key
    }

    /// Opens the array that comes next; its elements follow by `nextElement()`.
    package mutating func enterArray() throws(JSONError) { try enter(UInt8(ascii: "[")) }

    /// True when another element follows, which must then be read or skipped; false at the array's end.
    package mutating func nextElement() throws(JSONError) -> Bool { try goesOn(UInt8(ascii: "]")) }

    /// The string that comes next.
    package mutating func text() throws(JSONError) -> JSONText {
        skipWhitespace()
        try expect(UInt8(ascii: "\""))
        let begin = position
        var isPlain = true
        while true {
            skipPlain()
            guard position < count else { throw error(.incomplete) }
            switch start[position] {
            case UInt8(ascii: "\""):
                let text = JSONText(start: start + begin, count: position - begin, isPlain: isPlain)
                position += 1
                followsValue = true
                return text
            case UInt8(ascii: "\\"):
                isPlain = false
                try skipEscape()
            default: throw error(.unexpected)
            }
        }
    }

    /// The number that comes next.
    package mutating func number() throws(JSONError) -> JSONNumber {
        skipWhitespace()
        let begin = position
        var isInteger = true
        if position < count, start[position] == UInt8(ascii: "-") { position += 1 }
        guard position < count else { throw error(.incomplete) }
        if start[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < count, start[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if position < count, start[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < count, start[position] == UInt8(ascii: "+") || start[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        followsValue = true
        return JSONNumber(start: start + begin, count: position - begin, isInteger: isInteger)
    }

    /// The boolean that comes next.
    package mutating func bool() throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < count else { throw error(.incomplete) }
        if start[position] == UInt8(ascii: "t") {
            try word("true")
            return true
        }
        try word("false")
        return false
    }

    /// The null that comes next.
    package mutating func null() throws(JSONError) {
        skipWhitespace()
        try word("null")
    }

    /// Makes sure that nothing follows but white space.
    package mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == count else { throw error(.trailing) }
    }

    // The pieces.

    private func error(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, position: position) }

    private mutating func enter(_ bracket: UInt8) throws(JSONError) {
        skipWhitespace()
        guard depth < maximumDepth else { throw error(.tooDeep) }
        try expect(bracket)
        depth += 1
        followsValue = false
    }

    private mutating func goesOn(_ bracket: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < count else { throw error(.incomplete) }
        if start[position] == bracket {
            position += 1
            depth -= 1
            followsValue = true
            return false
        }
        if followsValue {
            try expect(UInt8(ascii: ","))
            followsValue = false
            skipWhitespace()
            // A bracket here would be a trailing comma: the next value or key refuses it.
        }
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard position < count else { throw error(.incomplete) }
        guard start[position] == byte else { throw error(.unexpected) }
        position += 1
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard count - position >= length else { throw error(.incomplete) }
        guard memcmp(start + position, word.utf8Start, length) == 0 else { throw error(.unexpected) }
        position += length
        followsValue = true
    }

    private mutating func digits() throws(JSONError) {
        let begin = position
        while position < count, start[position] &- 0x30 < 10 { position += 1 }
        if position == begin { throw error(position < count ? .unexpected : .incomplete) }
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < count {
            let byte = start[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// Steps to the next quote, backslash or control byte, eight bytes at a time.
    @inline(__always)
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while count - position >= 8 {
            let word = UnsafeRawPointer(start + position).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let found = ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word) & tops
            if found != 0 {
                position += found.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
        while position < count {
            let byte = start[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return }
            position += 1
        }
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        guard position < count else { throw error(.incomplete) }
        switch start[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard position < count else { throw error(.incomplete) }
                let byte = start[position]
                guard byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 else { throw error(.unexpected) }
                position += 1
            }
        default: throw error(.unexpected)
        }
    }
}
