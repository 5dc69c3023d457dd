package import Model

/// What a job came to, as those that need it see it.
package struct JobOutcome: Sendable, Hashable {
    /// How a job, or one of its rows, ended.
    package enum Status: String, Sendable {
        /// Every row succeeded.
        case success
        /// At least one row failed.
        case failure
        case skipped, cancelled

        /// For a sentence: the job …
        var words: String {
            switch self {
            case .success: "succeeded"
            case .failure: "failed"
            case .skipped: "was skipped"
            case .cancelled: "was cancelled"
            }
        }
    }

    /// What one row came to.
    package struct Row: Sendable, Hashable {
        /// As in `matrix.key`; the job's name where there is no matrix.
        package var key: String
        /// The place in the plan, such as `2_1`.
        package var address: String
        /// How the row ended.
        package var status: Status
        /// The values of the axes.
        package var values: JSONObject
        /// The answer, or what the command printed.
        package var text: String
        /// The structured answer, where one was asked for.
        package var result: JSONValue?
        /// The declared outputs, by name.
        package var outputs: JSONObject

        /// A row that ended.
        package init(
            key: String, address: String, status: Status, values: JSONObject = JSONObject(), text: String = "",
            result: JSONValue? = nil, outputs: JSONObject = JSONObject()
        ) {
            self.key = key
            self.address = address
            self.status = status
            self.values = values
            self.text = text
            self.result = result
            self.outputs = outputs
        }
    }

    /// How the job ended: as its worst row did.
    package var status: Status
    /// Its rows, all of which have ended; none for a job that never started.
    package var rows: [Row]
    /// True when the job has a matrix: then its outputs are lists.
    package var hasMatrix: Bool

    /// The outcome of rows that have all ended.
    package init(rows: [Row], hasMatrix: Bool) {
        self.rows = rows
        self.hasMatrix = hasMatrix
        status =
            if rows.contains(where: { $0.status == .failure }) {
                .failure
            } else if rows.contains(where: { $0.status == .cancelled }) {
                .cancelled
            } else if !rows.isEmpty, rows.allSatisfy({ $0.status == .skipped }) {
                .skipped
            } else {
                .success
            }
    }

    /// A job that never started.
    package static func skipped(hasMatrix: Bool) -> JobOutcome {
        var outcome = JobOutcome(rows: [], hasMatrix: hasMatrix)
        outcome.status = .skipped
        return outcome
    }

    /// What `jobs.NAME` is in a template.
    package var json: JSONValue {
        let succeeded = rows.filter { $0.status == .success }
        var object: JSONObject = [
            "status": .string(status.rawValue), "total": .integer(Int64(rows.count)),
            "succeeded": .integer(Int64(succeeded.count)),
            "failed": .integer(Int64(rows.count { $0.status == .failure })),
            "skipped": .integer(Int64(rows.count { $0.status == .skipped || $0.status == .cancelled })),
            "results": .array(succeeded.map(\.json)),
            "missing": .array(rows.filter { $0.status != .success }.map { .string($0.key) }),
        ]
        if hasMatrix {
            var outputs: [String: [JSONValue]] = [:]
            var names: [String] = []
            for row in succeeded {
                for member in row.outputs.members {
                    if outputs[member.key] == nil { names.append(member.key) }
                    outputs[member.key, default: []].append(member.value)
                }
            }
            object["outputs"] = .object(JSONObject(names.map { (key: $0, value: .array(outputs[$0] ?? [])) }))
            object["text"] = .array(succeeded.map { .string($0.text) })
            object["output"] = .array(succeeded.map { $0.result ?? .null })
        } else {
            // Of a row that did not succeed there is nothing to read, so that `default` can stand in.
            object["outputs"] = .object(succeeded.first?.outputs ?? JSONObject())
            object["text"] = succeeded.first.map { .string($0.text) } ?? .null
            object["output"] = succeeded.first?.result ?? .null
        }
        return .object(object)
    }
}

extension JobOutcome.Row {
    fileprivate var json: JSONValue {
        [
            "key": .string(key), "address": .string(address), "matrix": .object(values), "text": .string(text),
            "output": result ?? .null, "outputs": .object(outputs),
        ]
    }
}

/// What jobs came to, by name. As JSON each is made once, however many rows ask for it.
package struct JobOutcomes: Sendable, ExpressibleByDictionaryLiteral {
    private var all: [String: JobOutcome] = [:]
    /// What `jobs` is in a template.
    private(set) var json = JSONObject()

    /// The outcomes of these jobs, by name.
    package init(dictionaryLiteral elements: (String, JobOutcome)...) {
        for (name, outcome) in elements { self[name] = outcome }
    }

    /// What `name` came to, nil while it has not ended.
    package subscript(name: String) -> JobOutcome? {
        get { all[name] }
        set {
            all[name] = newValue
            json[name] = newValue?.json
        }
    }
}
