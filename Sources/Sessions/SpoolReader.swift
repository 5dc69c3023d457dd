import Glibc
package import Model
package import Providers

/// Reads a session's spool from its first byte up to a place that was read before, piece by piece.
package struct SpoolReader: ~Copyable {
    private let descriptor: Int32
    private let end: Int64
    private var stream: ProviderStream
    private var position: Int64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

    /// Nil when there is no spool in `folder`, or when it holds less than `end` bytes.
    ///
    /// Throws ``NoDescriptor`` when that cannot be told at the moment, and a `TuttiError` when it cannot be opened.
    package init?(folder: String, definition: ProviderDefinition, counted: Usage?, upTo end: Int64) throws {
        descriptor = open("\(folder)/\(HostRecords.spool)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        let reason = errno
        self.end = end
        stream = definition.makeStream(counted: counted, keepsAnswer: false)
        guard descriptor >= 0 else {
            if NoDescriptor.isReason(reason) { throw NoDescriptor() }
            if reason == ENOENT { return nil }
            throw TuttiError(
                .storeFailed, "Cannot open a recording again: \(String(cString: strerror(reason)))",
                hint: "check the session's folder, then: tutti recover")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int64(status.st_size) >= end else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// The events of the next piece, and the end of the last whole line so far; nil at the end.
    package mutating func next() throws -> (events: [SpoolEvent], offset: Int64)? {
        let wanted = Int(min(Int64(buffer.count), end - position))
        guard wanted > 0 else { return nil }
        var count = 0
        repeat {
            count = pread(descriptor, buffer.baseAddress, wanted, off_t(position))
        } while count < 0 && errno == EINTR
        guard count > 0 else {
            throw TuttiError(
                .storeFailed, "Cannot read a recording again at byte \(position): \(String(cString: strerror(errno)))",
                hint: "check the disk, then: tutti recover")
        }
        position += Int64(count)
        var events: [SpoolEvent] = []
        stream.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]), into: &events)
        return (events, stream.offset)
    }
}
