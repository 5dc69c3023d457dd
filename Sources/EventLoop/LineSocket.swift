import CLibuv
import Glibc

/// A client of a unix stream socket that speaks lines: bytes go out whole and in order, lines come in one by one.
///
/// All callbacks come on the loop's thread; after `onEnd`, which comes exactly once, there are no others.
package actor LineSocket {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let onLine: @Sendable (String) -> Void
    private let onEnd: @Sendable (LoopError?) -> Void
    private var handle: OpenHandle?
    private var incoming: [UInt8] = []
    /// What was to be written before the connection stood: libuv takes nothing before.
    private var outgoing: [[UInt8]] = []
    private var isConnected = false
    private var hasEnded = false

    /// A longer line than this is no line of a peer of ours; the connection is then ended.
    private static let longestLine = 64 * 1024

    /// A socket that is not connected. `onEnd` is called with the reason when the connection fails or breaks, and without
    /// one when the peer or ``close()`` ended it.
    package init(
        _ loop: EventLoop, onLine: @escaping @Sendable (String) -> Void,
        onEnd: @escaping @Sendable (LoopError?) -> Void
    ) {
        self.loop = loop
        self.onLine = onLine
        self.onEnd = onEnd
    }

    /// Connects to the socket `name` in `folder`, whose path may be of any length.
    ///
    /// A socket's own path holds 107 bytes at most; so the folder is opened, and named by its descriptor.
    package func connect(folder: String, name: String) {
        guard handle == nil, !hasEnded else { return }
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return end(LoopError("open \(folder)", number: errno)) }
        // libuv has called connect(2) when `uv_pipe_connect` returns: the folder is needed no longer.
        defer { Glibc.close(directory) }
        do throws(LoopError) {
            let loop = unsafe loop.raw
            let handle = try unsafe OpenHandle(uv_pipe_t.self, owner: self, attempt: "open a socket") {
                unsafe uv_pipe_init(loop, $0, 0)
            }
            self.handle = handle
            // Freed in the callback, which libuv always makes, also for a connection that it could not even begin.
            let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
            unsafe uv_pipe_connect(
                request, handle.pointer(uv_pipe_t.self), "/proc/self/fd/\(directory)/\(name)"
            ) { request, status in
                guard let request = unsafe request else { return }
                let socket = unsafe OpenHandle.owner(request.pointee.handle, as: LineSocket.self)
                unsafe request.deallocate()
                socket?.assumeIsolated { $0.connected(status) }
            }
        } catch {
            end(error)
        }
    }

    /// Queues `bytes`; they may be written before the connection stands. Dropped when it has ended.
    package func write(_ bytes: [UInt8]) {
        guard !hasEnded, !bytes.isEmpty else { return }
        guard isConnected, let handle else {
            outgoing.append(bytes)
            return
        }
        let request = unsafe WriteRequest.make(bytes)
        var buffer = unsafe uv_buf_init(
            UnsafeMutableRawPointer(request.bytes).assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
        let stream = unsafe handle.pointer(uv_stream_t.self)
        let answer = unsafe uv_write(request.request, stream, &buffer, 1) { request, status in
            guard let request = unsafe request else { return }
            let socket = unsafe OpenHandle.owner(request.pointee.handle, as: LineSocket.self)
            unsafe WriteRequest.free(request)
            if status < 0 { socket?.assumeIsolated { $0.end(LoopError("write to a socket", number: status)) } }
        }
        if answer < 0 {
            unsafe WriteRequest.free(request.request)
            end(LoopError("write to a socket", number: answer))
        }
    }

    /// Ends the connection; what was queued and not yet written is dropped.
    package func close() { end(nil) }

    private func connected(_ status: Int32) {
        guard status == 0, let handle else { return end(LoopError("connect to a socket", number: status)) }
        let stream = unsafe handle.pointer(uv_stream_t.self)
        let answer = unsafe uv_read_start(
            stream,
            { _, suggested, buffer in
                // Freed in the read callback, which gets every buffer that was taken here.
                let memory = UnsafeMutablePointer<CChar>.allocate(capacity: 1024)
                unsafe buffer?.pointee = unsafe uv_buf_init(memory, 1024)
            },
            { stream, count, buffer in
                let base = unsafe buffer?.pointee.base
                defer { unsafe base?.deallocate() }
                guard let socket = unsafe OpenHandle.owner(stream, as: LineSocket.self) else { return }
                if count < 0 {
                    let error = count == Int(UV_EOF.rawValue) ? nil : LoopError("read a socket", number: Int32(count))
                    socket.assumeIsolated { $0.end(error) }
                } else if count > 0, let base = unsafe base {
                    let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
                    socket.assumeIsolated { $0.received(bytes) }
                }
            })
        if answer < 0 { return end(LoopError("read a socket", number: answer)) }
        isConnected = true
        let waiting = outgoing
        outgoing = []
        for bytes in waiting { write(bytes) }
    }

    private func received(_ bytes: [UInt8]) {
        incoming += bytes
        while !hasEnded, let newline = incoming.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: incoming[..<newline], as: UTF8.self)
            incoming.removeSubrange(...newline)
            onLine(line)
        }
        if incoming.count > LineSocket.longestLine { end(LoopError("read a line of a socket", number: EMSGSIZE)) }
    }

    private func end(_ error: LoopError?) {
        guard !hasEnded else { return }
        hasEnded = true
        handle?.close()
        handle = nil
        incoming = []
        outgoing = []
        onEnd(error)
    }
}

/// One write on its way: libuv's request and, behind it, the bytes.
private enum WriteRequest {
    private static let room = unsafe (MemoryLayout<uv_write_t>.size + 15) & ~15

    /// Takes memory for a request and a copy of `bytes`; ``free(_:)`` gives back both.
    @unsafe static func make(
        _ bytes: [UInt8]
    ) -> (request: UnsafeMutablePointer<uv_write_t>, bytes: UnsafeMutablePointer<UInt8>) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: room + bytes.count, alignment: 16)
        let copy = unsafe (memory + room).bindMemory(to: UInt8.self, capacity: bytes.count)
        unsafe bytes.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { unsafe copy.initialize(from: start, count: source.count) }
        }
        return unsafe (memory.bindMemory(to: uv_write_t.self, capacity: 1), copy)
    }

    @unsafe static func free(_ request: UnsafeMutablePointer<uv_write_t>) {
        unsafe UnsafeMutableRawPointer(request).deallocate()
    }
}
