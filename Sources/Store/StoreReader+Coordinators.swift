package import Model

extension StoreReader {
    /// All coordinators that have not ended, and whether each is alive.
    package func coordinators() throws -> [CoordinatorRow] { fatalError() }
    /// Coordinators that still own unfinished work while their lock is free: what to adopt.
    package func deadCoordinators() throws -> [CoordinatorRow] { fatalError() }
    /// Unfinished runs that no coordinator owns.
    package func unclaimedRuns() throws -> [Identifier] { fatalError() }
    /// Unfinished runs and jobs of `owner` that somebody asked to cancel.
    package func cancelRequests(owner: Identifier) throws -> [Named] { fatalError() }
}
