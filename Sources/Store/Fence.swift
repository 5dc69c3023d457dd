package import Model

/// Says for which coordinator a write is made, and at which epoch.
///
/// The writer compares it with the coordinator's row inside the same transaction. Whoever adopted the coordinator's
/// work has raised the epoch there, and the write is refused.
package struct Fence: Sendable, Hashable {
    package var coordinator: Identifier
    package var epoch: Int64

    /// The fence of `coordinator` at `epoch`.
    package init(coordinator: Identifier, epoch: Int64) {
        self.coordinator = coordinator
        self.epoch = epoch
    }
}

/// Outcomes of a write that the caller is expected to handle.
package enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Somebody has taken over this coordinator's work: stop, and record nothing any more.
    case fenced(Fence)
    /// The job is over, or another attempt of it is not: somebody else leads it.
    case taken(job: Identifier)
    /// The store was opened for reading, or is closed.
    case notWritable
    /// No row has this identifier.
    case missing(kind: String, id: Identifier)

    package var description: String {
        switch self {
        case .fenced(let fence):
            "coordinator \(fence.coordinator.short) lost its work to another one (it wrote at epoch \(fence.epoch))"
        case .taken(let job): "job \(job.short) is over, or another attempt of it lives"
        case .notWritable: "the store is not open for writing"
        case .missing(let kind, let id): "no \(kind) \(id)"
        }
    }
}

/// How far a commit must have reached the disk before its caller goes on.
package enum Durability: Sendable, Hashable {
    /// Flushed to the disk: everything that changes the state of a run, a job or a session.
    case full
    /// In the write-ahead log; a power cut may undo the last moments (the spool has the bytes), a crash cannot.
    case stream
}
