import Glibc

/// Cuts a stream of bytes into lines at byte 0x0A and nothing else.
///
/// U+2028, U+0085 and `\r` are ordinary bytes of a line. A line can be of any length: over `limit` bytes it is given once,
/// as an oversized one with its length and its first `kept` bytes, and what is between is skipped, so memory stays bounded
/// whatever a provider prints. The lines are the same however the stream was cut into calls.
package struct LineFramer: Sendable {
    /// One line, without its newline. The bytes are valid only during the call that gives them.
    package enum Line {
        /// A whole line.
        case whole(UnsafeRawBufferPointer)
        /// A line over the limit: its length without the newline, and its first bytes.
        case oversized(length: Int64, beginning: UnsafeRawBufferPointer)
    }

    /// Lines longer than this are oversized.
    package let limit: Int
    /// So much of an oversized line is kept.
    package let kept: Int
    /// Where the last complete line ends in the stream, after its newline.
    package private(set) var offset: Int64 = 0
    /// Bytes of the open line that were consumed, kept or not.
    package private(set) var pendingLength: Int64 = 0
    /// True when the stream has given at least one byte.
    package var hasBytes: Bool { offset > 0 || pendingLength > 0 }

    private var partial: [UInt8] = []
    private var isSkipping = false

    /// A framer at the start of a stream.
    package init(limit: Int = 16 << 20, kept: Int = 64 << 10) {
        self.limit = max(limit, 1)
        self.kept = min(max(kept, 0), max(limit, 1))
    }

    /// Takes the next bytes of the stream and gives every line that ends in them, with the offset after its newline.
    package mutating func consume<Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, _ body: (Line, _ end: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        var position = 0
        while position < bytes.count {
            guard let found = memchr(base + position, 0x0A, bytes.count - position) else {
                keep(UnsafeRawBufferPointer(rebasing: bytes[position...]))
                return
            }
            let newline = UnsafeRawPointer(found) - base
            let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<newline])
            position = newline + 1
            if pendingLength == 0 {
                offset += Int64(piece.count) + 1
                if piece.count <= limit {
                    try body(.whole(piece), offset)
                } else {
                    let beginning = UnsafeRawBufferPointer(rebasing: piece[..<kept])
                    try body(.oversized(length: Int64(piece.count), beginning: beginning), offset)
                }
            } else {
                keep(piece)
                offset += pendingLength + 1
                try give(body)
            }
        }
    }

    /// Gives the unterminated tail, if there is one; the stream is over.
    package mutating func finish<Failure: Error>(
        _ body: (Line, _ end: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        guard pendingLength > 0 else { return }
        offset += pendingLength
        try give(body)
    }

    private mutating func keep(_ piece: UnsafeRawBufferPointer) {
        pendingLength += Int64(piece.count)
        if isSkipping { return }
        if pendingLength > Int64(limit) {
            isSkipping = true
            let missing = kept - partial.count
            if missing > 0 {
                partial.append(contentsOf: piece.prefix(missing))
            } else {
                partial.removeLast(-missing)
            }
            // The buffer of a line that grew up to the limit is not kept for lines to come.
            partial = Array(partial)
        } else {
            partial.append(contentsOf: piece)
        }
    }

    private mutating func give<Failure: Error>(
        _ body: (Line, _ end: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        let (length, skipped, end) = (pendingLength, isSkipping, offset)
        let held = partial
        pendingLength = 0
        isSkipping = false
        partial = []
        let result: Result<Void, Failure> = held.withUnsafeBytes { bytes in
            do throws(Failure) {
                try body(skipped ? .oversized(length: length, beginning: bytes) : .whole(bytes), end)
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }
}
