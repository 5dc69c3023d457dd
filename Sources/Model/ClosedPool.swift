/// A pool in which nothing starts until a person says so.
package struct ClosedPool: Hashable, Sendable {
    /// What closed it.
    package enum Cause: Hashable, Sendable, CaseIterable {
        /// A person paused it.
        case paused
        /// What starts there breaks at once.
        case broken
    }

    package let pool: Pool
    package let cause: Cause

    /// `pool`, closed by `cause`.
    package init(_ pool: Pool, _ cause: Cause) {
        self.pool = pool
        self.cause = cause
    }

    /// The command that opens it: `tutti unpause claude`.
    package var opening: String {
        let verb = cause == .paused ? "tutti unpause" : "tutti reset"
        return switch pool {
        case .global: verb
        case .provider(let name): "\(verb) \(name)"
        default: "\(verb) \(pool.text)"
        }
    }
}
