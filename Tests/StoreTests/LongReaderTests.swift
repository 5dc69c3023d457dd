import Foundation
import Glibc
import TestSupport
import Testing

@testable import Store

@Suite struct `Readers that stay` {
    @Test func `another process in the middle of a transaction is named, and no longer when that is over`() throws {
        let fixture = try StoreFixture()
        #expect(fixture.store.readingProcesses().isEmpty)
        let reader = Process()
        let (input, output) = (Pipe(), Pipe())
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        reader.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys
            db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, isolation_level=None)
            for word in "begin", "commit":
                db.execute(word)
                db.execute("select count(*) from runs").fetchone()
                print(word, flush=True)
                sys.stdin.readline()
            """, fixture.path,
        ]
        (reader.standardInput, reader.standardOutput) = (input, output)
        try reader.run()
        #expect(line(of: output) == "begin")
        #expect(fixture.store.readingProcesses() == [reader.processIdentifier])
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        #expect(line(of: output) == "commit")
        #expect(fixture.store.readingProcesses().isEmpty)
        try input.fileHandleForWriting.close()
        reader.waitUntilExit()
    }

    @Test func `only locks for reading, of this file and of the bytes of readers, count`() {
        let locks = """
            1: POSIX  ADVISORY  READ  11 08:01:77 124 124
            2: POSIX  ADVISORY  WRITE 12 08:01:77 120 120
            3: POSIX  ADVISORY  READ  13 08:01:77 128 128
            4: POSIX  ADVISORY  READ  14 08:01:78 124 124
            5: FLOCK  ADVISORY  READ  15 08:01:77 0 EOF
            6: POSIX  ADVISORY  READ  16 08:01:77 127 128
            6: -> POSIX  ADVISORY  READ  17 08:01:77 124 124
            7: POSIX  ADVISORY  READ  0 08:01:77 124 124
            """
        #expect(Store.readingProcesses(in: locks, ofFile: 77) == [11, 16])
    }

    /// The next line of a pipe, however many pieces it comes in.
    private func line(of pipe: Pipe) -> String {
        var bytes = Data()
        while bytes.last != UInt8(ascii: "\n") {
            let piece = pipe.fileHandleForReading.availableData
            if piece.isEmpty { break }
            bytes += piece
        }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
