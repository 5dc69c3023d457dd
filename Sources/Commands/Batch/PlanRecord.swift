import Batch
import Model

/// A plan as programs read it.
enum PlanRecord {
    /// The whole document, which `tutti schema batch-plan` describes.
    static func document(_ picture: PlanPicture) -> JSONObject {
        let plan = picture.plan
        let stored = plan.json
        var document: JSONObject = ["v": 1]
        for key in ["name", "file", "hash", "folder", "inputs"] { document[key] = stored[key] }
        document["slots"] = .integer(Int64(picture.slots))
        document["providers"] = .array(picture.providers.map { .string($0) })
        document["waves"] = .array(
            picture.estimate.waves.sorted { $0.key < $1.key }.map { wave, part in
                var object: JSONObject = [
                    "number": .integer(Int64(wave)),
                    "jobs": .array(picture.meant.filter { $0.wave == wave }.map { .string($0.name) }),
                ]
                for member in json(part).members { object[member.key] = member.value }
                return .object(object)
            })
        document["jobs"] = .array(jobs(picture).map { .object($0) })
        var total = json(picture.estimate.total)
        total["time_alone_ms"] = .optional(picture.estimate.timeAlone)
        document["total"] = .object(total)
        document["limit"] = .optional(picture.budget.money?.dollars)
        document["limit_micros"] = .optional(picture.budget.money?.micros)
        for key in ["budget", "pools", "schedule", "warnings"] { document[key] = stored[key] }
        return document
    }

    /// The jobs alone, for tables of programs.
    static func jobs(_ picture: PlanPicture) -> [JSONObject] {
        let jobs = picture.plan.json["jobs"]?.array ?? []
        return zip(picture.plan.jobs, jobs).map { job, stored in
            var object = stored.object ?? JSONObject()
            object["rows_known"] = .optional(picture.plan.whenRowsAreKnown(of: job))
            object["left_out"] = .optional(picture.selection.leftOut[job.name].map { "\($0)" })
            let part = json(picture.estimate.jobs[job.name])
            for member in part.members { object[member.key] = member.value }
            return object
        }
    }

    /// The fields of a job that tables show.
    static let columns = ["number", "name", "wave", "kind", "time_ms", "cost"]

    private static func json(_ part: PlanEstimate.Part?) -> JSONObject {
        [
            "time_ms": .optional(part?.time), "time_whole": part.map { .bool($0.isTimeWhole) } ?? .null,
            "cost": .optional(part?.cost?.dollars), "cost_micros": .optional(part?.cost?.micros),
            "cost_whole": part.map { .bool($0.isCostWhole) } ?? .null,
            "sessions": .integer(Int64(part?.sessions ?? 0)),
        ]
    }
}
