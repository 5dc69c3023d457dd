import Model
import Store

/// What one turn of the coordinator's thread wants to have written, and what it does once that is on the disk.
///
/// All of it is one transaction: a session's end, its job's next state and the next session's start are seen together or
/// not at all.
struct Commit {
    /// In order; each runs inside the transaction.
    private(set) var writes: [@Sendable (StoreWriter) throws -> Void] = []
    /// In order, after the transaction.
    private(set) var effects: [@Sendable () -> Void] = []

    /// True when there is nothing to do.
    var isEmpty: Bool { writes.isEmpty && effects.isEmpty }

    /// Adds something to be written.
    mutating func write(_ body: @escaping @Sendable (StoreWriter) throws -> Void) { writes.append(body) }

    /// Adds something to be done after the transaction.
    mutating func then(_ effect: @escaping @Sendable () -> Void) { effects.append(effect) }

    /// Adds an event to the log.
    mutating func append(_ event: Event) { write { _ = try $0.append(event) } }
}
