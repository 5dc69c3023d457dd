package import Model
import StreamJSON

/// An earlier run of the same batch whose answers stand for those of a new one.
package struct ResumedRun: Sendable, Hashable {
    package var run: Identifier
    /// Jobs that are asked anew in any case.
    package var anew: Set<String>
    /// True when an answer counts only if the same was asked; a person who names the job to begin with has decided that.
    package var wantsSameQuestion: Bool

    /// Takes over what completed in `run`, but of the jobs `anew`.
    package init(_ run: Identifier, anew: Set<String> = [], wantsSameQuestion: Bool = true) {
        self.run = run
        self.anew = anew
        self.wantsSameQuestion = wantsSameQuestion
    }

    /// As JSON; `init(json:)` reads it back.
    var json: JSONObject {
        [
            "run": .string(run.text), "anew": .array(anew.sorted().map { .string($0) }),
            "same_question": .bool(wantsSameQuestion),
        ]
    }

    /// Reads what `json` wrote; nil when it is something else.
    init?(json value: JSONValue) {
        guard let run = value["run"]?.string.flatMap({ Identifier($0) }) else { return nil }
        self.init(
            run, anew: Set((value["anew"]?.array ?? []).compactMap(\.string)),
            wantsSameQuestion: value["same_question"]?.bool ?? true)
    }
}

/// Where an answer is from that is taken in place of a new one.
enum KeptOrigin {
    case cache
    case run(Identifier)

    /// As the event of the job's end says it: `cache`, or the run's identifier.
    var word: String {
        switch self {
        case .cache: "cache"
        case .run(let id): id.text
        }
    }
}
