import Glibc

/// Writes to standard output in the wanted pieces.
struct Output {
    let chunk: Int
    let splitUTF8: Bool
    let reopen: Options.Reopen?
    /// Collects lines into large writes; only for a flat-out run.
    let collects: Bool
    private var pending: [UInt8] = []

    init(_ options: Options) {
        chunk = options.chunk
        splitUTF8 = options.splitUTF8
        reopen = options.reopen
        collects =
            options.linesPerSecond == 0 && options.readInput != .lines && chunk == 0 && !splitUTF8 && reopen == nil
    }

    /// Writes `bytes`, at the latest with the next ``flush()``.
    mutating func write(_ bytes: [UInt8]) {
        if collects {
            pending.append(contentsOf: bytes)
            if pending.count >= 65536 { flush() }
        } else if let reopen {
            let mode = O_WRONLY | O_CREAT | (reopen == .truncate ? O_TRUNC : O_APPEND)
            let descriptor = open("/dev/stdout", mode, 0o600)
            guard descriptor >= 0 else {
                writeWhole(Array("fake-provider: open /dev/stdout: \(String(cString: strerror(errno)))\n".utf8), to: 2)
                exit(74)
            }
            writeWhole(bytes, to: descriptor)
            close(descriptor)
        } else if chunk > 0 || splitUTF8 {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = cut(rest)
                writeWhole(Array(rest.prefix(count)), to: 1)
                rest = rest.dropFirst(count)
            }
        } else {
            writeWhole(bytes, to: 1)
        }
    }

    /// Writes what was collected.
    mutating func flush() {
        if !pending.isEmpty { writeWhole(pending, to: 1) }
        pending.removeAll(keepingCapacity: true)
    }

    private func cut(_ bytes: ArraySlice<UInt8>) -> Int {
        let limit = chunk > 0 ? min(chunk, bytes.count) : bytes.count
        guard splitUTF8 else { return limit }
        // Ends after the first byte of the first character that has several.
        return bytes.prefix(limit).firstIndex { $0 >= 0xc0 }.map { $0 - bytes.startIndex + 1 } ?? limit
    }
}

/// Writes all of `bytes`; a closed reader ends the process as SIGPIPE would.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) {
    var done = 0
    while done < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done) }
        if count < 0 {
            if errno == EINTR { continue }
            if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
                continue
            }
            exit(74)
        }
        done += count
    }
}

/// Reads a descriptor to its end.
func readWhole(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}

/// FNV-1a over 64 bits, in 16 hexadecimal digits.
func fnv1a(_ bytes: some Sequence<UInt8>, from start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}

/// A number in 16 hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// `text` as a JSON string with its quotes.
func quoted(_ text: String) -> String {
    var bytes: [UInt8] = [34]
    for byte in text.utf8 {
        switch byte {
        case 34: bytes += [92, 34]
        case 92: bytes += [92, 92]
        case 10: bytes += [92, 110]
        case 13: bytes += [92, 114]
        case 9: bytes += [92, 116]
        case 0..<32:
            let digits = String(byte, radix: 16)
            bytes += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes + [34], as: UTF8.self)
}
