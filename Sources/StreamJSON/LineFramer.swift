import Glibc

/// Cuts a stream of bytes into lines at byte 0x0A and nothing else.
///
/// U+2028, U+0085 and `\r` are ordinary bytes of a line. A line can be of any length: over `limit` bytes it is given once,
/// as an oversized one with its length and its first `kept` bytes, and what is between is skipped, so memory stays bounded
/// whatever a provider prints. Where lines mean nothing, such a line can be given in pieces instead, and nothing is skipped.
/// The lines and pieces are the same however the stream was cut into calls.
package struct LineFramer: Sendable {
    /// One line, without its newline. The bytes are valid only during the call that gives them.
    package enum Line {
        /// A whole line.
        case whole(UnsafeRawBufferPointer)
        /// The next bytes of a line over the limit, not cut within a character; what is left of it follows, at last as a
        /// whole line.
        case piece(UnsafeRawBufferPointer)
        /// A line over the limit: its length without the newline, and its first bytes.
        case oversized(length: Int64, beginning: UnsafeRawBufferPointer)
    }

    /// Lines longer than this are oversized.
    package let limit: Int
    /// So much of an oversized line is kept.
    package let kept: Int
    /// True when a line over the limit comes in pieces of at most that length.
    package let givesPieces: Bool
    /// Where the last complete line or piece ends in the stream, after its newline.
    package private(set) var offset: Int64 = 0
    /// Bytes of the open line that were consumed, kept or not.
    package private(set) var pendingLength: Int64 = 0
    /// True when the stream has given at least one byte.
    package var hasBytes: Bool { offset > 0 || pendingLength > 0 }

    private var partial: [UInt8] = []
    private var isSkipping = false

    /// A framer at the start of a stream.
    package init(limit: Int = 16 << 20, kept: Int = 64 << 10, givesPieces: Bool = false) {
        self.givesPieces = givesPieces
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
                let open = UnsafeRawBufferPointer(rebasing: bytes[position...])
                keep(try givesPieces ? cut(open, body) : open)
                return
            }
            let newline = UnsafeRawPointer(found) - base
            var piece = UnsafeRawBufferPointer(rebasing: bytes[position..<newline])
            position = newline + 1
            if givesPieces { piece = try cut(piece, body) }
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

    /// Gives pieces of the open line as long as more than `limit` bytes of it are there, of which `more` are the last; what
    /// of those is still to be kept.
    private mutating func cut<Failure: Error>(
        _ more: UnsafeRawBufferPointer, _ body: (Line, _ end: Int64) throws(Failure) -> Void
    ) throws(Failure) -> UnsafeRawBufferPointer {
        var more = more
        while partial.count + more.count > limit {
            let room = limit - partial.count
            partial.append(contentsOf: more[..<room])
            more = UnsafeRawBufferPointer(rebasing: more[room...])
            let end = LineFramer.characterEnd(in: partial, before: more[0])
            let rest = Array(partial[end...])
            partial.removeLast(rest.count)
            pendingLength = Int64(partial.count)
            try give(body, isWhole: false)
            partial = rest
            pendingLength = Int64(rest.count)
        }
        return more
    }

    /// Where the last whole character of `bytes` ends when `next` follows; all of them when they are no UTF-8.
    private static func characterEnd(in bytes: [UInt8], before next: UInt8) -> Int {
        func goesOn(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
        guard goesOn(next) else { return bytes.count }
        // A character has at most four bytes.
        for length in 1...3 where length < bytes.count && !goesOn(bytes[bytes.count - length]) {
            return bytes.count - length
        }
        return bytes.count
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
        _ body: (Line, _ end: Int64) throws(Failure) -> Void, isWhole: Bool = true
    ) throws(Failure) {
        if !isWhole { offset += pendingLength }
        let (length, skipped, end) = (pendingLength, isSkipping, offset)
        let held = partial
        pendingLength = 0
        isSkipping = false
        partial = []
        let result: Result<Void, Failure> = held.withUnsafeBytes { bytes in
            do throws(Failure) {
                try body(
                    !isWhole ? .piece(bytes) : skipped ? .oversized(length: length, beginning: bytes) : .whole(bytes),
                    end)
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }
}
