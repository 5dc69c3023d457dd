package import Settings

/// The matrix of a job as the file declares it: axes, rows that are left out, rows that are added.
package struct MatrixDeclaration: Sendable {
    /// One axis: a name, and the values that it takes.
    package struct Axis: Sendable {
        /// The name, as in `matrix.NAME`.
        package var name: String
        /// Where its values come from.
        package var source: Source
        /// Where its key stands.
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
        /// The value of each axis that the row names.
        package var values: [(axis: String, value: BatchValue)]
        /// What it changes of the job.
        package var changes: BatchValue
        /// Where the entry stands.
        package var position: ConfigPosition
    }

    /// The axes, in the order of the file; none when every row is written out under `include`.
    package var axes: [Axis]
    /// The rows that are added, or that change rows of the axes.
    package var included: [Included]
    /// The combinations that are left out: every row that has all of an entry's values.
    package var excluded: [(values: [(axis: String, value: BatchValue)], position: ConfigPosition)]
    /// Where the matrix stands.
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

    /// The axes whose values a command prints.
    package var commandAxes: [String] { commands.map(\.axis) }

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
