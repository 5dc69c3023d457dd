import CLibuv

/// The memory of one libuv handle and whom its callbacks call.
///
/// libuv keeps using a handle's memory after `uv_close` until it has called the close callback. The handle holds the only
/// reference that counts: taken when it is opened, released in that callback, which also frees the memory, and nowhere else.
@safe final class OpenHandle {
    /// The actor that the callbacks enter; kept alive as long as libuv knows the handle.
    let owner: any AnyObject
    private let memory: UnsafeMutableRawPointer
    private var isClosing = false
    private let onClosed: () -> Void

    /// Takes memory for a handle of type `Raw` and lets `open` initialise it; the memory is freed when that fails.
    init<Raw>(
        _ type: Raw.Type, owner: any AnyObject, attempt: String, onClosed: @escaping () -> Void = {},
        open: (UnsafeMutablePointer<Raw>) -> Int32
    ) throws(LoopError) {
        self.owner = owner
        self.onClosed = onClosed
        unsafe memory = .allocate(byteCount: MemoryLayout<Raw>.size, alignment: MemoryLayout<Raw>.alignment)
        let answer = unsafe open(memory.bindMemory(to: Raw.self, capacity: 1))
        guard answer >= 0 else {
            unsafe memory.deallocate()
            throw LoopError(attempt, number: answer)
        }
        unsafe handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// The handle as what every libuv handle begins with.
    var handle: UnsafeMutablePointer<uv_handle_t> { unsafe memory.assumingMemoryBound(to: uv_handle_t.self) }

    /// The handle as its own type, which must be the one it was opened with.
    func pointer<Raw>(_ type: Raw.Type) -> UnsafeMutablePointer<Raw> { unsafe memory.assumingMemoryBound(to: type) }

    /// Lets go of the handle. No callback but the closing one comes after this; calling it again does nothing.
    func close() {
        guard !isClosing else { return }
        isClosing = true
        unsafe uv_close(handle) { handle in
            guard let data = unsafe handle?.pointee.data else { return }
            // The reference that `init` passed in.
            let closed = unsafe Unmanaged<OpenHandle>.fromOpaque(data).takeRetainedValue()
            closed.onClosed()
            unsafe closed.memory.deallocate()
        }
    }

    /// Whom a callback is for.
    static func of(_ handle: UnsafeMutableRawPointer?) -> OpenHandle? {
        guard let data = unsafe handle?.assumingMemoryBound(to: uv_handle_t.self).pointee.data else { return nil }
        return unsafe Unmanaged<OpenHandle>.fromOpaque(data).takeUnretainedValue()
    }

    /// The owner that a callback is for, when it is a `Owner` and the handle is still wanted.
    static func owner<Owner: AnyObject>(_ handle: UnsafeMutableRawPointer?, as type: Owner.Type) -> Owner? {
        guard let open = unsafe of(handle), !open.isClosing else { return nil }
        return open.owner as? Owner
    }
}
