/// Where the lines of a provider's output go: standard output, or a test's own list.
package protocol LineSink: AnyObject {
    /// Writes these bytes and lets the reader see them at once; false when the reader is gone.
    func write(_ bytes: [UInt8]) -> Bool
}

/// Lets time pass between two pieces of output: for real, or in a test's clock.
package protocol Pace: AnyObject {
    /// Returns when so much time has passed since the pace was made; at once when that is over already.
    ///
    /// Moments instead of pauses: the time that writing takes does not add up.
    func wait(until moment: Duration)
}
