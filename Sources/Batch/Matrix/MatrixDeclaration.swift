package import Settings

/// The matrix of a job as the file declares it: axes, rows that are left out, rows that are added.
package struct MatrixDeclaration: Sendable {
    package struct Axis: Sendable {
        package var name: String
        package var source: Source
        package var position: ConfigPosition
    }

    /// Where the values of an axis come from.
    package enum Source: Sendable {
        case values([BatchValue])
        /// A template that comes to a list.
        case template(BatchValue)
        case csv(BatchValue, field: String?)
        case jsonl(BatchValue, field: String?)
        case files(BatchValue)
        case glob(BatchValue)
        /// A command that the engine runs; its words may hold templates.
        case command(BatchValue)
    }

    /// An entry of `include`.
    package struct Included: Sendable {
        package var values: [(axis: String, value: BatchValue)]
        /// What it changes of the job.
        package var changes: BatchValue
        package var position: ConfigPosition
    }

    package var axes: [Axis]
    package var included: [Included]
    package var excluded: [(values: [(axis: String, value: BatchValue)], position: ConfigPosition)]
    package var position: ConfigPosition

    /// The most rows of one job.
    package static let maxRows = 10_000

    /// The names of its axes; without axes of its own they are what the included rows name.
    package var axisNames: [String] {
        if !axes.isEmpty { return axes.map(\.name) }
        var names: [String] = []
        for row in included { for (axis, _) in row.values where !names.contains(axis) { names.append(axis) } }
        return names
    }

    /// Every value in it, for a walk over their templates.
    var values: [BatchValue] {
        let sources = axes.flatMap { axis -> [BatchValue] in
            switch axis.source {
            case .values(let values): values
            case .template(let value), .csv(let value, _), .jsonl(let value, _), .files(let value), .glob(let value),
                .command(let value):
                [value]
            }
        }
        return sources + included.flatMap { $0.values.map(\.value) } + excluded.flatMap { $0.values.map(\.value) }
    }

    /// True when its rows are known only once other jobs have ended.
    package var isLate: Bool {
        var late = false
        for value in values { value.visitTemplates { template, _ in late = late || template.isLate } }
        return late
    }

    /// The axes whose values a command prints.
    package var commands: [(axis: String, words: BatchValue)] {
        axes.compactMap { axis in if case .command(let words) = axis.source { (axis.name, words) } else { nil } }
    }
}
