import Glibc

/// One valid JSON value where it lies in the text: looked into as far as somebody asks, in any order of keys.
///
/// Valid as long as the scanned bytes are. A question that does not fit the value gives nil, never an error.
package struct JSONSlice {
    /// The bytes that the value is written in.
    package let bytes: UnsafeRawBufferPointer

    /// The whole of `line`, checked to its last byte.
    package init(line: UnsafeRawBufferPointer, maximumDepth: Int = JSONScanner.defaultDepth) throws(JSONError) {
        var scanner = JSONScanner(line, maximumDepth: maximumDepth)
        bytes = try scanner.skip()
        try scanner.finish()
    }

    init(valid bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // A slice lies within a text whose depth was checked, so it needs no limit of its own.
    private var scanner: JSONScanner { JSONScanner(bytes, maximumDepth: .max) }

    private func first(_ byte: UInt8) -> Bool { bytes.first == byte }

    /// The value when it is a string.
    package var text: JSONText? {
        guard first(UInt8(ascii: "\"")) else { return nil }
        var scanner = scanner
        return try? scanner.text()
    }

    /// The value when it is a string, decoded.
    package var string: String? { text?.string }

    /// The value when it is a number.
    package var number: JSONNumber? {
        var scanner = scanner
        return try? scanner.number()
    }

    /// The value when it is a whole number that fits.
    package var integer: Int64? {
        guard let number else { return nil }
        return number.integer ?? Int64(exactly: number.double)
    }

    /// The value when it is a boolean.
    package var bool: Bool? {
        var scanner = scanner
        return try? scanner.bool()
    }

    /// True when the value is null.
    package var isNull: Bool { first(UInt8(ascii: "n")) }

    /// True when the value is an object.
    package var isObject: Bool { first(UInt8(ascii: "{")) }

    /// True when the value is an array.
    package var isArray: Bool { first(UInt8(ascii: "[")) }

    /// The value of the last member with this key.
    package subscript(key: StaticString) -> JSONSlice? {
        var found: JSONSlice?
        forEachMember { name, value in if name.equals(key) { found = value } }
        return found
    }

    /// The value of the last member with this key.
    package subscript(key: String) -> JSONSlice? {
        var found: JSONSlice?
        forEachMember { name, value in if name.equals(key) { found = value } }
        return found
    }

    /// Gives each member of an object in order; nothing for other values.
    package func forEachMember(_ body: (JSONText, JSONSlice) -> Void) {
        guard isObject else { return }
        var scanner = scanner
        do throws(JSONError) {
            try scanner.enterObject()
            while let key = try scanner.nextKey() { body(key, JSONSlice(valid: try scanner.skip())) }
        } catch {}
    }

    /// Gives each element of an array in order; nothing for other values.
    package func forEachElement(_ body: (JSONSlice) -> Void) {
        guard isArray else { return }
        var scanner = scanner
        do throws(JSONError) {
            try scanner.enterArray()
            while try scanner.nextElement() { body(JSONSlice(valid: try scanner.skip())) }
        } catch {}
    }

    /// The members of an object, found by one pass however many of them are asked for.
    package var members: JSONMembers { JSONMembers(self) }

    /// The value as it is written.
    package var source: String { String(decoding: bytes, as: UTF8.self) }
}

/// An object's members, found by one pass over it.
package struct JSONMembers {
    private var members: [(key: JSONText, value: JSONSlice)] = []

    init(_ object: JSONSlice) {
        members.reserveCapacity(24)
        var members = members
        object.forEachMember { key, value in
            // Real lines have some dozens of keys; the bound keeps a hostile one from costing more than its own bytes.
            if members.count < 4096 { members.append((key, value)) }
        }
        self.members = members
    }

    /// The value of the last member with this key.
    package subscript(key: StaticString) -> JSONSlice? {
        for member in members.reversed() where member.key.equals(key) { return member.value }
        return nil
    }
}
