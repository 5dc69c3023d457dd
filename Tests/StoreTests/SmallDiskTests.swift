import Glibc
import Model
import TestSupport
import Testing

@testable import Store

@Suite struct `A store on a small disk` {
    @Test(.enabled(if: getuid() == 0, "only root may mount"))
    func `the log is folded into the file before it takes the room that the file needs`() throws {
        try withTemporaryFolder { (folder: TemporaryFolder) throws in
            let disk = try folder.makeFolder("disk")
            guard try run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", disk]).status == 0 else {
                return
            }
            defer { _ = try? run(["umount", "-l", disk]) }
            let store = try Store.open(disk + "/t.db", access: .readWrite, stateHome: folder.file("state"))
            defer { store.close() }
            let id = Identifier.random()
            _ = try store.writeAndWait { try $0.register(id, pid: getpid(), kind: "test", at: StoreFixture.time) }
            // At least a page of the log for each: twice what the disk can hold.
            for number in 0..<2000 {
                let time = Timestamp(milliseconds: StoreFixture.time.milliseconds + Int64(number))
                try store.writeAndWait(.full) { try $0.heartbeat(id, at: time) }
            }
            #expect(try store.damage().isEmpty)
        }
    }
}
