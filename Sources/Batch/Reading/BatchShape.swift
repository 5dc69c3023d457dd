package import Settings

/// What a value of a batch file may be: the reader, the JSON Schema and the reference page are all made from this.
package indirect enum BatchShape: Sendable {
    /// A single value; where `template` it may hold `${{ }}`.
    case scalar(BatchScalar, template: Bool = true)
    /// A list; where `orSingle` a single value counts as a list of one.
    case list(BatchShape, orSingle: Bool = false)
    /// A mapping with known keys.
    case section(BatchSection)
    /// A mapping from free names to values of one shape; `name` says what a name stands for, in one word.
    case table(BatchShape, name: String)
    /// Different shapes by how it is written: as a single value, a list or a mapping.
    case forms(scalar: BatchShape?, list: BatchShape?, mapping: BatchShape?)
    /// Any value, as JSON has them.
    case any
}

/// A mapping with known keys.
package struct BatchSection: Sendable {
    /// What it is called in the reference: `retry`, `job`.
    package var name: String
    /// What it is for, as one sentence.
    package var summary: String
    /// The keys that it may have, in the order in which they are explained.
    package var keys: [BatchKey]
    /// The shape of the values under any other name, where free names are allowed.
    package var free: BatchShape?

    /// A mapping of `keys`.
    package init(_ name: String, _ summary: String, _ keys: [BatchKey], free: BatchShape? = nil) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.free = free
    }

    /// The key of that name.
    package func key(_ name: String) -> BatchKey? { keys.first { $0.name == name } }
}

/// One key of a batch file.
package struct BatchKey: Sendable {
    /// The word before the colon.
    package var name: String
    /// What its value may be.
    package var shape: BatchShape
    /// What it does, as one sentence.
    package var summary: String
    /// True when a mapping without it is refused.
    package var isRequired: Bool

    /// A key that holds a value of `shape`.
    package init(_ name: String, _ shape: BatchShape, _ summary: String, required: Bool = false) {
        self.name = name
        self.shape = shape
        self.summary = summary
        isRequired = required
    }
}

/// What a single value may be.
package enum BatchScalar: Sendable, Hashable {
    /// As in `tutti.yaml`.
    case setting(SettingKind)
    /// `true` or `false`.
    case boolean
    /// How many: `200`, `20k`, `1.5M`; or `none`.
    case count
    /// Any text, also an empty one.
    case words
    /// The name of a job, a profile, a pool.
    case name
    /// One `${{ }}` that is true or false.
    case condition
    /// A path in the batch's folder.
    case insidePath
    /// The same, where something is written: what is inserted into it cannot choose a folder.
    case savePath
    case cron
    case timeZone
    /// A part of a cache key.
    case cachePart
}

extension BatchShape {
    /// A text that is not empty.
    package static let text = BatchShape.scalar(.setting(.text))
    /// One of these words.
    package static func choice(_ words: String...) -> BatchShape { .scalar(.setting(.choice(words))) }
    /// The command of a process: never a text for a shell.
    package static let arguments = BatchShape.list(.scalar(.words))
    /// A list of names.
    package static let names = BatchShape.list(.scalar(.name, template: false), orSingle: true)

    /// What is needed, for a sentence: `needs …`.
    package var words: String {
        switch self {
        case .scalar(let scalar, _): scalar.words
        case .list(let element, let orSingle): orSingle ? "\(element.words), or a list of such" : "a list"
        case .section, .table: "a mapping"
        case .forms(let scalar, let list, let mapping):
            [scalar?.words, list.map { _ in "a list" }, mapping.map { _ in "a mapping" }].compactMap { $0 }
                .joined(separator: " or ")
        case .any: "a value"
        }
    }
}
