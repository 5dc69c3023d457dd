/// The eight bytes beside a store that are overwritten after every commit with the number of the newest event.
///
/// A hint for other processes, to be watched with inotify: never the truth, which is the log itself.
package struct TickFile: Sendable {
    package let path: String

    /// The tick file of the store at `storePath`.
    package init(storePath: String) { path = Store.tickPath(for: storePath) }

    /// The number of the newest event as it was last written, nil when there is no such file yet.
    package func read() -> Int64? { fatalError() }
}
