import Batch
import Model

extension BatchRun {
    /// Notes that the answer of `place` is about to be saved to `path`; throws when the answer of another row is there.
    ///
    /// Paths that are known before the run were compared then. A path that asks for what a job came to is known as late as
    /// this, and without it the last row would silently replace all others.
    func claimSave(_ path: String, by place: BatchPlace) throws(TuttiError) {
        // Those of an earlier coordinator first. What they asked for has ended, so it is known again by now.
        for earlier in mayBeSaved {
            if let path = try? settings(earlier).save { _ = saved.claim(path, by: name(of: earlier).key) }
        }
        mayBeSaved = []
        guard let other = saved.claim(path, by: name(of: place).key) else { return }
        throw TuttiError(
            .cannotCreate, "the answer cannot be saved to \(path): that of \(other) is there",
            hint: "put ${{ matrix.key }} or ${{ job.address }} into the path")
    }
}
