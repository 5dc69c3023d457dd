import EventLoop
import Glibc
import TestSupport
import Testing

@Suite struct LineSocketTests {
    /// A listener at `ctl.sock` in a folder.
    private func listen(in folder: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = "/proc/self/fd/\(directory)/ctl.sock"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 4) == 0 else { throw TestFailure(errno: errno, "listen") }
        return descriptor
    }

    @Test func `lines go both ways over a path of any length`() async throws {
        try await withTemporaryFolder { folder in
            let deep = try folder.makeFolder(String(repeating: "long", count: 50))
            let listener = try listen(in: deep)
            defer { Glibc.close(listener) }
            let loop = try EventLoop()
            let lines = Kept<[String]>([])
            async let echo: Void = onOwnThread {
                let peer = accept(listener, nil, nil)
                var got: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 70_000)
                // Both writes came in order and whole, the large one too.
                while got.count < 6 + 1_000_000 {
                    let count = read(peer, &buffer, buffer.count)
                    if count <= 0 { break }
                    got += buffer[..<count]
                }
                try writeAll(Array("got \(got.count) \(String(decoding: got.prefix(6), as: UTF8.self))".utf8), to: peer)
                try writeAll(Array("o\nk\nrest".utf8), to: peer)
                Glibc.close(peer)
            }
            let error: LoopError? = await withCheckedContinuation { done in
                loop.run {
                    let socket = LineSocket(
                        loop, onLine: { line in lines.withLock { $0.append(line) } },
                        onEnd: { done.resume(returning: $0) })
                    socket.assumeIsolated {
                        $0.connect(folder: deep, name: "ctl.sock")
                        $0.write(Array("hello\n".utf8))
                        $0.write([UInt8](repeating: 65, count: 1_000_000))
                    }
                }
            }
            try await echo
            #expect(error == nil)
            #expect(lines.value == ["got 1000006 hello", "o", "k"])
            await end(loop)
        }
    }

    @Test func `a socket that is not there, or not listened at, is an error and not a wait`() async throws {
        try await withTemporaryFolder { folder in
            let loop = try EventLoop()
            let abandoned = try folder.makeFolder("abandoned")
            Glibc.close(try listen(in: abandoned))
            for (path, number) in [
                (folder.file("nothing"), ENOENT), (folder.path, ENOENT), (abandoned, ECONNREFUSED),
            ] {
                let error: LoopError? = await withCheckedContinuation { done in
                    loop.run {
                        let socket = LineSocket(loop, onLine: { _ in }, onEnd: { done.resume(returning: $0) })
                        socket.assumeIsolated {
                            $0.connect(folder: path, name: "ctl.sock")
                            $0.write([1])
                        }
                    }
                }
                #expect(error?.number == number, "\(path)")
            }
            await end(loop)
        }
    }

    @Test func `a peer that goes away does not kill the program`() async throws {
        try await withTemporaryFolder { folder in
            let listener = try listen(in: folder.path)
            defer { Glibc.close(listener) }
            let loop = try EventLoop()
            let ends = Kept<Int>(0)
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                loop.run {
                    let socket = LineSocket(
                        loop, onLine: { _ in },
                        onEnd: { _ in
                            ends.withLock { $0 += 1 }
                            done.resume()
                        })
                    socket.assumeIsolated { $0.connect(folder: folder.path, name: "ctl.sock") }
                    Glibc.close(accept(listener, nil, nil))
                    socket.assumeIsolated {
                        for _ in 0..<100 { $0.write([UInt8](repeating: 65, count: 10_000)) }
                    }
                }
            }
            await end(loop)
            #expect(ends.value == 1)
        }
    }
}
