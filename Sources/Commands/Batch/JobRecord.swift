import Batch
import Model
import Settings

/// A job with its values as programs read it.
enum JobRecord {
    /// The whole document, which `tutti schema batch-job` describes.
    static func document(_ picture: JobPicture) -> JSONObject {
        let (plan, job) = (picture.plan, picture.job)
        let declaration = plan.file.job(job.name)
        return [
            "v": 1, "file": .string(plan.file.path), "hash": .string(plan.file.hash), "job": .string(job.name),
            "key": .string(picture.key), "address": .string(picture.address),
            "row": .optional(picture.row.map { Int64($0 + 1) }), "wave": .optional(job.wave.map(Int64.init)),
            "kind": .string(declaration?.kind.rawValue ?? ""),
            "needs": .object(
                JSONObject((declaration?.needs ?? []).map { ($0.job, .string($0.condition.rawValue)) })),
            "matrix": .object(picture.axes), "rows_known": .optional(plan.whenRowsAreKnown(of: job)),
            "values": .array(values(picture).map { .object($0) }),
        ]
    }

    /// The values alone, for tables of programs.
    static func values(_ picture: JobPicture) -> [JSONObject] {
        picture.values.map { value in
            [
                "path": .string(value.path), "value": value.value ?? .null, "known": .bool(value.value != nil),
                "written": value.written, "said_by": .string(value.layer), "file": .optional(value.position?.file),
                "line": .optional(value.position.map { Int64($0.line) }),
                "column": .optional(value.position.map { Int64($0.column) }),
            ]
        }
    }

    /// The fields of a value that tables show.
    static let columns = ["path", "value", "said_by", "file", "line"]
}
