import Glibc
package import Model

/// Starts `tutti serve` as a process of its own that outlives this one and its terminal.
package enum BackgroundServer {
    /// Starts it for the store at `path`; it keeps its own log. Returns its process id, for whoever waits for it.
    ///
    /// Throws a `TuttiError` (exit 73) when the system refuses.
    package static func start(
        tutti: String, store path: String, environment: [String: String]
    ) throws(TuttiError) -> Int32 {
        let words = [tutti, "serve", "--to-log", "--db", path]
        let (pid, result) = DetachedProcess.start(words, environment: environment)
        guard result == 0 else {
            throw TuttiError(
                .cannotCreate, "Cannot start \(tutti) in the background: \(String(cString: strerror(result))).",
                hint: "start it in a terminal and see: tutti serve")
        }
        return pid
    }
}
