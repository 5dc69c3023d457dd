internal import GRDB
internal import Glibc

/// How connections wait for each other's locks.
enum BusyHandler {
    /// Seconds after which waiting is given up.
    static let patience: Double = 10

    /// Waits in steps of half a millisecond: SQLite's own handler sleeps up to 100 ms at a time, which makes the slowest
    /// hundredth of the waits three times as long.
    static func waiting(_ seconds: Double = patience) -> Database.BusyMode {
        let steps = Int(seconds / 0.0005)
        return .callback { tries in
            usleep(500)
            return tries < steps
        }
    }
}
