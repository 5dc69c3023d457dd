import EventLoop

/// What is said to one host, in order, by its control socket.
///
/// The connection is made for the first command and stays, so that its end is also the end of the host. Commands that come
/// before the host listens wait.
final class HostControl {
    private let loop: EventLoop
    private let folder: String
    private let epoch: Int64
    private let onRefused: @Sendable (String) -> Void
    private let onEnd: @Sendable () -> Void
    private var socket: LineSocket?
    private var waiting: [[UInt8]] = []
    private var isReady = false

    /// A control of the host of `folder`. `onRefused` gives the host's words, `onEnd` says that the connection is gone or
    /// could not be made; both come on the loop's thread.
    init(
        _ loop: EventLoop, folder: String, epoch: Int64, onRefused: @escaping @Sendable (String) -> Void,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.folder = folder
        self.epoch = epoch
        self.onRefused = onRefused
        self.onEnd = onEnd
    }

    /// Says that the host listens; what waited is sent.
    func hostIsReady() {
        guard !isReady else { return }
        isReady = true
        if !waiting.isEmpty { connect() }
    }

    /// Connects without having anything to say: to learn whether the host lives.
    func connect() {
        if socket == nil {
            let refused = onRefused
            let ended = onEnd
            let new = LineSocket(
                loop,
                onLine: { line in
                    if line != "ok" { refused(line.hasPrefix("error ") ? String(line.dropFirst(6)) : line) }
                },
                onEnd: { _ in ended() })
            socket = new
            let (folder, epoch) = (folder, epoch)
            new.assumeIsolated {
                $0.connect(folder: folder, name: HostRecords.socket)
                $0.write(Array("epoch \(epoch)\n".utf8))
            }
        }
        guard let socket else { return }
        let commands = waiting
        waiting = []
        socket.assumeIsolated { for command in commands { $0.write(command) } }
    }

    /// Sends a command line.
    func send(_ line: String) { send(Array((line + "\n").utf8)) }

    /// Sends bytes for the provider's standard input.
    func send(input bytes: [UInt8]) { send(Array("stdin \(bytes.count)\n".utf8) + bytes) }

    private func send(_ bytes: [UInt8]) {
        waiting.append(bytes)
        if isReady { connect() }
    }

    /// Ends the connection.
    func close() {
        socket?.assumeIsolated { $0.close() }
        waiting = []
    }
}
