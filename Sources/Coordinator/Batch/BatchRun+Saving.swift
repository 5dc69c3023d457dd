import Batch
import Model

extension BatchRun {
    /// Saves the answer of `place` to `path`; throws when the answer of another row is there, or a file that the batch needs.
    ///
    /// Paths that are known before the run were compared then. A path that asks for what a job came to is known as late as
    /// this, and links may have been made since: what counts is the file that is about to be written.
    func save(_ text: String, to path: String, by place: BatchPlace) throws(TuttiError) {
        // Those of an earlier coordinator first. What they asked for has ended, so it is known again by now.
        for earlier in mayBeSaved {
            guard let path = try? settings(earlier).save, let file = folder.savePlace(of: path) else { continue }
            _ = saved.claim(file, by: name(of: earlier).key)
        }
        mayBeSaved = []
        let kept = [keptFiles(by: plan, version: nil), keptFiles(by: plan(of: place), version: place.version)]
        let isStrangers = plan(of: place).savePathIsStrangers(place.job, row: place.row)
        do throws(BatchFolderError) {
            try folder.save(Array(text.utf8), to: path) { file throws(BatchFolderError) in
                for kept in kept { try kept.check(file, as: path, chosenByStranger: isStrangers) }
                guard let other = saved.claim(file, by: name(of: place).key) else { return }
                throw BatchFolderError(
                    "\(path): that of \(other) is there",
                    hint: "put ${{ matrix.key }} or ${{ job.address }} into the path")
            }
        } catch {
            throw TuttiError(.cannotCreate, "The answer cannot be saved: \(error.message).", hint: error.hint)
        }
    }

    private func keptFiles(by plan: BatchPlan, version: Int?) -> KeptFiles<SavePlace> {
        if let known = kept[version] { return known }
        let files = plan.keptFiles(in: folder).map { self.folder.savePlace(of: $0) }
        kept[version] = files
        return files
    }
}
