internal import CLinux
internal import Foundation
internal import Glibc

/// Who keeps the write-ahead log from beginning anew.
extension Store {
    /// Above this the log is kept large by somebody.
    package static let largeLog: Int64 = 64 << 20

    /// The size of the write-ahead log in bytes.
    package var logSize: Int64 {
        var facts = stat()
        return stat(path + "-wal", &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// The other processes that read the store at this moment, by what the kernel says of SQLite's locks.
    ///
    /// One that is there at every look reads in a transaction that does not end, and the log grows for as long. Empty where
    /// the kernel does not say; a process of another pid namespace has no number here.
    package func readingProcesses() -> Set<Int32> {
        var facts = stat()
        guard stat(path + "-shm", &facts) == 0 else { return [] }
        // The kernel gives the file in pieces, and a lock moves past the reader when one before it goes meanwhile.
        let looks = (0..<3).compactMap { _ in try? String(contentsOfFile: "/proc/locks", encoding: .utf8) }
        return looks.reduce(into: Set()) {
            $0.formUnion(Store.readingProcesses(in: $1, ofFile: UInt64(facts.st_ino)))
        }
        .subtracting([getpid()])
    }

    /// Where SQLite locks its index of the log for reading: `WAL_READ_LOCK(0)` and the four after it.
    private static let readLocks: ClosedRange<Int64> = 123...127

    /// The processes that hold one of those bytes of the file `inode`, in the words of `/proc/locks`.
    static func readingProcesses(in locks: String, ofFile inode: UInt64) -> Set<Int32> {
        var found: Set<Int32> = []
        // 1: POSIX  ADVISORY  READ  4711 08:01:131073 123 123
        for line in locks.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 8, words[1] == "POSIX", words[3] == "READ", let pid = Int32(words[4]), pid > 0,
                words[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode,
                let first = Int64(words[6]), let last = Int64(words[7]), first <= last,
                readLocks.overlaps(first...last)
            else { continue }
            found.insert(pid)
        }
        return found
    }
}
