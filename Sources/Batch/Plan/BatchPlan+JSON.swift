package import Model
import Settings

extension BatchPlan {
    /// The plan as a document: what a run stores, and what `--json` shows.
    ///
    /// It holds the file's text, the inputs and the texts of files that it names, so that a run can be taken up again from
    /// the document alone.
    package var json: JSONObject {
        [
            "v": 1, "name": .string(file.name), "file": .string(file.path), "hash": .string(file.hash),
            "folder": .string(folder), "inputs": .object(inputs), "waves": .integer(Int64(waveCount)),
            "jobs": .array(jobs.map(json(of:))),
            "pools": .object(JSONObject(file.pools.map { ($0.key, $0.value.json) })),
            "budget": file.budget?.json ?? .null, "schedule": .array(file.schedules.map(\.json)),
            "warnings": .array(
                warnings.map {
                    [
                        "file": .string($0.position.file), "line": .integer(Int64($0.position.line)),
                        "column": .integer(Int64($0.position.column)), "message": .string($0.message),
                        "hint": .string($0.hint),
                    ]
                }),
            "texts": .object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "source": .string(String(decoding: file.bytes, as: UTF8.self)),
        ]
    }

    private func json(of job: Job) -> JSONValue {
        guard let declaration = file.job(job.name) else { return .null }
        var object: JSONObject = [
            "name": .string(job.name), "number": .integer(Int64(job.number)),
            "wave": .optional(job.wave.map(Int64.init)), "kind": .string(declaration.kind.rawValue),
            "needs": .object(JSONObject(declaration.needs.map { ($0.job, .string($0.condition.rawValue)) })),
            "on_demand": .bool(declaration.isOnDemand), "settings": declaration.settings.json,
        ]
        if let when = declaration.when { object["when"] = when.json }
        switch job.rows {
        case .single: object["rows"] = "single"
        case .afterNeeds: object["rows"] = "after needs"
        case .afterCommand: object["rows"] = "after command"
        case .known(let rows):
            object["rows"] = .array(
                rows.enumerated().map { index, row in
                    var entry: JSONObject = [
                        "key": .string(row.key), "address": .string(address(of: job, row: index)),
                        "values": .object(row.values),
                    ]
                    if let included = row.included { entry["include"] = .integer(Int64(included)) }
                    if row.isDropped { entry["dropped"] = true }
                    return .object(entry)
                })
        }
        return .object(object)
    }

    /// The plan of a document that a run stored; throws exit status 65 when it is none.
    ///
    /// Nothing of the folder is looked at: the rows are those that were stored.
    package init(json: JSONObject) throws(TuttiError) {
        func damaged(_ what: String) -> TuttiError {
            TuttiError(.badInput, "the stored plan of the batch cannot be read: \(what)", hint: "start the batch again")
        }
        guard json["v"] == 1, let source = json["source"]?.string, let path = json["file"]?.string,
            let inputs = json["inputs"]?.object, let folder = json["folder"]?.string
        else { throw damaged("it is no plan of version 1") }
        let file: BatchFile
        do throws(TuttiError) { file = try BatchFile.read(Array(source.utf8), path: path) } catch {
            throw damaged(error.message)
        }
        guard file.hash == json["hash"]?.string else {
            throw damaged("its text does not have the hash \(json["hash"]?.text ?? "null")")
        }
        self.init(file: file, inputs: inputs, folder: folder, graph: JobGraph(file.jobs))
        for member in json["texts"]?.object?.members ?? [] { texts[member.key] = member.value.string }
        let waves = graph.waves()
        let stored = Dictionary((json["jobs"]?.array ?? []).map { ($0["name"]?.string ?? "", $0) }) { first, _ in
            first
        }
        for (index, declaration) in file.jobs.enumerated() {
            let job = stored[declaration.name]
            guard let rows = job?["rows"], let read = BatchPlan.rows(rows) else {
                throw damaged("it has no rows of the job `\(declaration.name)`")
            }
            jobs.append(
                Job(
                    name: declaration.name, number: job?["number"]?.integer.flatMap { Int(exactly: $0) } ?? index + 1,
                    wave: declaration.isOnDemand ? nil : waves[index], rows: read))
        }
        for warning in json["warnings"]?.array ?? [] {
            let place = ConfigPosition(
                file: warning["file"]?.string ?? path, line: Int(warning["line"]?.integer ?? 1),
                column: Int(warning["column"]?.integer ?? 1))
            warnings.append(ConfigProblem(place, warning["message"]?.string ?? "", hint: warning["hint"]?.string ?? ""))
        }
    }

    private static func rows(_ json: JSONValue) -> Rows? {
        switch json {
        case "single": return .single
        case "after needs": return .afterNeeds
        case "after command": return .afterCommand
        case .array(let elements):
            var rows: [MatrixRow] = []
            for element in elements {
                guard let key = element["key"]?.string, let values = element["values"]?.object else { return nil }
                rows.append(
                    MatrixRow(
                        values: values, key: key, included: element["include"]?.integer.map(Int.init),
                        isDropped: element["dropped"]?.bool ?? false))
            }
            return .known(rows)
        default: return nil
        }
    }
}
