/// A JSON number where it lies in the text, of any size.
///
/// Valid as long as the scanned bytes are.
package struct JSONNumber {
    let start: UnsafePointer<UInt8>
    let count: Int
    /// True when it has neither fraction nor exponent.
    package let isInteger: Bool

    /// The number when it is written as an integer and fits.
    package var integer: Int64? {
        // 20 bytes hold every 64-bit number with its sign.
        guard isInteger, count <= 20 else { return nil }
        var value: Int64 = 0
        let isNegative = start[0] == UInt8(ascii: "-")
        for index in (isNegative ? 1 : 0)..<count {
            let digit = Int64(start[index] &- 0x30)
            let (tenfold, first) = value.multipliedReportingOverflow(by: 10)
            let (next, second) = tenfold.subtractingReportingOverflow(digit)
            if first || second { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The nearest floating-point number; infinite when it is too large.
    package var double: Double {
        if let integer { return Double(integer) }
        return Double(text) ?? .infinity
    }

    /// The number as it is written.
    package var text: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }
}
