import Model
import Settings

extension BatchPlan {
    /// What the names of a job's templates stand for.
    func scope(
        of job: JobDeclaration, row: MatrixRow?, index: Int? = nil, outcomes: JobOutcomes, run: RunFacts,
        failure: JobFailure?, folder: (any BatchFolder)? = nil
    ) -> TemplateScope {
        var batch: JSONObject = [
            "name": .string(file.name), "file": .string(file.path), "folder": .string(self.folder),
            "hash": .string(file.hash),
        ]
        if let id = run.run { batch["run"] = .string(id) }
        if let url = run.url { batch["url"] = .string(url) }
        var roots: [String: JSONValue] = ["inputs": .object(inputs), "batch": .object(batch)]
        if let row {
            var values = row.values
            values["key"] = .string(row.key)
            roots["matrix"] = .object(values)
        }
        if let planned = self.job(job.name) {
            roots["job"] = [
                "name": .string(job.name), "key": .string(BatchPlan.key(of: job.name, row: row)),
                "address": .string(address(of: planned, row: index)),
            ]
        } else {
            roots["job"] = ["name": .string(job.name)]
        }
        if !outcomes.json.members.isEmpty { roots["jobs"] = .object(outcomes.json) }
        if let failure {
            roots["failure"] = [
                "job": .string(failure.job), "key": .string(failure.key),
                "class": .string(failure.failure.class.rawValue), "message": .string(failure.failure.message),
            ]
        }
        return TemplateScope(roots: roots) { [texts] path in
            if let text = texts[path] { return .success(text) }
            guard let folder else { return .failure(BatchFolderError("\(path): no file can be read here")) }
            return BatchPlan.text(of: path, in: folder)
        }
    }

    /// The settings of a row: the job's, with what its entry of `include` changes.
    package func settings(of job: JobDeclaration, row: MatrixRow?) -> BatchValue {
        guard let number = row?.included, let matrix = job.matrix, matrix.included.indices.contains(number) else {
            return job.settings
        }
        return job.settings.merged(with: matrix.included[number].changes)
    }
}
