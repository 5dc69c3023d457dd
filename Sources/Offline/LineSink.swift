/// Where the lines of a provider's output go: standard output, or a test's own list.
package protocol LineSink: AnyObject {
    /// Writes these bytes and lets the reader see them at once; false when the reader is gone.
    func write(_ bytes: [UInt8]) -> Bool
}

/// Lets time pass between two lines: for real, or in a test's clock.
package protocol Pace: AnyObject {
    /// Returns after `duration`; false when waiting was interrupted and the program should end.
    func wait(_ duration: Duration) -> Bool
}
