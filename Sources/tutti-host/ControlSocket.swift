import CLinux
import Glibc

/// The session's socket `ctl.sock` and who is connected to it.
struct ControlSocket {
    /// One connection.
    struct Client {
        let descriptor: Int32
        var reader = ControlReader()
        /// What it said its epoch is; nil before.
        var epoch: Int64?
        /// Commands that wait because an earlier one of this client is not finished.
        var waiting: [ControlReader.Command] = []
        /// Its bytes are on their way into the provider.
        var isWriting = false
        var isClosed = false
    }

    let listener: Int32
    var clients: [Client] = []
    /// The highest epoch heard of: an older coordinator is not obeyed any more.
    private var epoch: Int64

    /// More connections at once are turned away.
    private static let mostClients = 16

    init(in folder: SessionFolder, epoch: Int64) throws(Complaint) {
        self.epoch = epoch
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard listener >= 0 else { throw Complaint("make a socket", errno: errno) }
        // A socket's path holds 107 bytes; the way over the folder's descriptor is always short enough.
        let path = "/proc/self/fd/\(folder.descriptor)/ctl.sock"
        unlinkat(folder.descriptor, "ctl.sock", 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // Nobody else may connect, from the first moment on. The provider's own mask is put back at once.
        let mask = umask(0o177)
        defer { umask(mask) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(listener, 16) == 0 else { throw Complaint("listen at ctl.sock", errno: errno) }
    }

    /// Takes a new connection, of the same user only.
    mutating func acceptClient() {
        let descriptor = tutti_accept(listener)
        guard descriptor >= 0 else { return }
        var user: UInt32 = .max
        guard clients.count < ControlSocket.mostClients, tutti_peer_user(descriptor, &user) == 0,
            user == geteuid() || user == 0
        else {
            close(descriptor)
            return
        }
        clients.append(Client(descriptor: descriptor))
    }

    /// Reads what the client at `index` says; the commands wait until ``next(_:)`` asks for them.
    mutating func readClient(_ index: Int) {
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            let count = read(clients[index].descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                clients[index].waiting += clients[index].reader.take(bytes)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                clients[index].isClosed = true
            }
        }
    }

    /// The next command of a client that may be obeyed; what may not is answered here.
    mutating func next(_ index: Int) -> ControlReader.Command? {
        while !clients[index].isWriting, !clients[index].waiting.isEmpty {
            let command = clients[index].waiting.removeFirst()
            switch command {
            case .epoch(let number):
                if number < epoch {
                    answer(index, "error fenced")
                } else {
                    epoch = number
                    clients[index].epoch = number
                    answer(index, "ok")
                }
            case .unknown(let words): answer(index, "error \(words)")
            case .broken(let words):
                answer(index, "error \(words)")
                clients[index].isClosed = true
            default:
                guard let said = clients[index].epoch else {
                    answer(index, "error say your epoch first")
                    continue
                }
                if said == epoch { return command }
                answer(index, "error fenced")
            }
        }
        return nil
    }

    /// Answers one command. A client that does not read its answers is closed.
    mutating func answer(_ index: Int, _ words: String) {
        var line = Array("\(words)\n".utf8)
        let sent = send(clients[index].descriptor, &line, line.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        if sent != line.count { clients[index].isClosed = true }
    }

    /// Lets go of clients that have closed and whose bytes are not on their way any more.
    mutating func removeClosed() {
        clients.removeAll { client in
            guard client.isClosed && !client.isWriting else { return false }
            close(client.descriptor)
            return true
        }
    }
}
