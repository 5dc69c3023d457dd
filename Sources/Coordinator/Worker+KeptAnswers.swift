import Batch
import Model
import Store
import StreamJSON

/// Earlier answers that stand for new ones: those of the cache, and those of the run that is resumed.
extension Worker {
    /// Begins to look for the key of the cache where that means reading files; false where it does not, or they were read.
    func seeksKey(_ run: LiveRun, _ index: Int, attempt: Int) throws -> Bool {
        guard let batch = run.batch, let place = run.jobs[index].spec.place, place.role == .row,
            run.jobs[index].keyWork?.result == nil, batch.mayReadFilesForKey(place)
        else { return false }
        let ready = try batch.ready(place)
        guard ready.readsFilesForItsKey else { return false }
        run.jobs[index].keyWork?.cancel()
        let job = run.jobs[index].id
        run.jobs[index].keyWork = KeyWork(ready, of: batch.plan(of: place), in: batch.folder) { [box] in
            box.put(.keyed(job, attempt: attempt))
        }
        return true
    }

    /// Looks for an earlier answer that may stand for this one: it fits what is asked of this one, too.
    func takeKept(
        _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob, _ place: BatchPlace
    ) throws {
        let work = run.jobs[index].keyWork
        run.jobs[index].keyWork = nil
        do throws(BatchFolderError) {
            run.jobs[index].cacheKey =
                if let work, let result = work.result { try result.get() } else {
                    try batch.plan(of: place).cacheKey(of: ready, folder: batch.folder)
                }
        } catch {
            throw KeyWork.unreadable(error)
        }
        if try takeResumed(run, batch, index, ready, place) { return }
        guard let key = run.jobs[index].cacheKey else { return }
        let since = ready.settings.cacheAge.map {
            Timestamp(milliseconds: Timestamp.now.milliseconds - $0.wholeMilliseconds)
        }
        // A store that cannot be read just now costs one more answer, no run.
        guard let kept = (try? store.read { try $0.keptAnswer(key, since: since) }) ?? nil else { return }
        _ = try take(kept.text, kept.result, from: .cache, run, batch, index, ready, place)
    }

    /// Takes the answer of the run that this one resumes, where it gave one to the same question.
    func takeResumed(
        _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob, _ place: BatchPlace
    ) throws -> Bool {
        guard let resumed = run.spec.resumed, !resumed.anew.contains(ready.job), let name = run.jobs[index].module
        else { return false }
        // Not passed over where the store cannot be read: it would be paid for again.
        let known =
            try run.formerJobs
            ?? store.read { reader in
                try Self.check(resumed, reader)
                return try reader.completedJobs(ofRun: resumed.run)
            }
        run.formerJobs = known
        if let row = known[name], try takeFormer(row, resumed, run, batch, index, ready, place) { return true }
        // Whoever says where to begin pays for nothing that comes before.
        guard resumed.wantsSameQuestion else {
            throw TuttiError(
                .notFound, "The run \(resumed.run.short) has no answer of `\(name)` that can stand for it.",
                hint: "--resume \(resumed.run.short) without --from asks for what is missing")
        }
        return false
    }

    /// Throws when the run that is resumed is not there any more.
    private static func check(_ resumed: ResumedRun, _ reader: StoreReader) throws {
        guard try !reader.isWhole(resumed.run) else { return }
        throw TuttiError(
            .notFound, "The run \(resumed.run.short), whose answers were to stand for these, is gone.",
            hint: "run the batch without it")
    }

    /// Takes the answer of a job of the run that this one resumes, where it was given to the same question.
    func takeFormer(
        _ row: Int64, _ resumed: ResumedRun, _ run: LiveRun, _ batch: BatchRun, _ index: Int, _ ready: ReadyJob,
        _ place: BatchPlace
    ) throws -> Bool {
        let found = try store.read { reader in
            // A deletion that came between: what is gone now was there when this run began, and is not paid for again unasked.
            try Self.check(resumed, reader)
            return try reader.completedAnswer(row)
        }
        guard let former = found, let spec = (try? JSONValue(parsing: former.spec)).flatMap({ JobSpec($0) })
        else { return false }
        if resumed.wantsSameQuestion, spec.asked == nil || spec.asked != run.jobs[index].asked { return false }
        let result = spec.keptResult ?? former.result
        guard try take(former.text, result, from: .run(resumed.run), run, batch, index, ready, place) else {
            return false
        }
        // Whoever resumes this run hears which question the answer was given to.
        run.jobs[index].asked = spec.asked
        return true
    }

    /// Lets an earlier answer stand for a new one, where it fits what is asked of it; false where it does not.
    func take(
        _ text: String, _ result: String?, from origin: KeptOrigin, _ run: LiveRun, _ batch: BatchRun, _ index: Int,
        _ ready: ReadyJob, _ place: BatchPlace
    ) throws -> Bool {
        let value = result.flatMap { try? JSONValue(parsing: $0) }
        if let schema = run.jobs[index].schema {
            guard let value = value ?? (try? JSONValue(parsing: text)), schema.mismatch(value) == nil else {
                return false
            }
        }
        guard (try? batch.outputs(of: place, text: text, result: value)) != nil else { return false }
        run.jobs[index].keptAnswer = (text, result, origin)
        if batch.isReadLater(place) { run.jobs[index].said = (text, value) }
        if let path = ready.settings.save {
            try batch.save(result ?? text, to: path, by: place)
        }
        return true
    }
}
