import Batch
import Model
import Settings

/// What `batch explain` shows a person: what the job is, then a line for each value with who said it.
struct JobPage {
    let picture: JobPicture
    let surface: Surface

    private var plan: BatchPlan { picture.plan }
    private var job: BatchPlan.Job { picture.job }
    private var width: Int { surface.isTerminal ? surface.width - 1 : 100 }

    /// The page as lines.
    var lines: [String] { head + [""] + table.lines(on: surface) + remarks }

    private var head: [String] {
        let declaration = plan.file.job(job.name)
        var parts = [
            surface.safeLine(picture.key), "\(declaration?.kind == .run ? "command" : "question") \(picture.address)",
        ]
        parts.append(job.wave.map { "wave \($0)" } ?? "only when another fails")
        if picture.row == nil, job.rows != .single {
            parts.append(PlanWords.job(job, in: plan, unicode: surface.unicode))
        }
        let needs = declaration?.needs ?? []
        if !needs.isEmpty {
            parts.append("after " + needs.map { "\($0.job) (\($0.condition.rawValue))" }.joined(separator: ", "))
        }
        var lines = PartFlow.lines(parts, separator: "   ", width: width, indent: "  ")
        for axis in picture.axes.members {
            lines.append("  " + surface.cut(surface.safeLine("\(axis.key): \(axis.value.cell)"), to: width - 2))
        }
        return lines
    }

    private var table: Table {
        var table = Table([
            .init(title: "KEY"), .init(title: "VALUE", flexible: true), .init(title: "SAID BY"),
            .init(title: "PLACE", dropsAt: 1),
        ])
        table.rows = picture.values.map { value in
            let shown = value.value ?? value.written
            return [
                .init(value.path), .init(shown.cell, value.value == nil ? .yellow : nil), .init(value.layer),
                .init(value.position.map(place) ?? "", .dim),
            ]
        }
        return table
    }

    /// Short where there is little room, and as an editor opens it where there is enough.
    private func place(_ position: ConfigPosition) -> String {
        let isNarrow = surface.isTerminal && surface.width < 100
        if position.file == plan.file.path {
            return isNarrow ? "line \(position.line)" : "\(position.file):\(position.line)"
        }
        let inside = position.file.hasPrefix(plan.folder + "/")
        return "\(inside ? String(position.file.dropFirst(plan.folder.count + 1)) : position.file):\(position.line)"
    }

    private var remarks: [String] {
        var remarks: [String] = []
        let open = picture.values.filter { $0.value == nil }.map(\.path)
        if !open.isEmpty {
            let isRow = picture.row == nil && job.rows != .single
            remarks.append(
                "known only \(isRow ? "row by row, or " : "")when the batch runs: \(open.joined(separator: ", "))")
        }
        if let when = plan.whenRowsAreKnown(of: job) { remarks.append(when) }
        if picture.row == nil, case .known(let rows) = job.rows, let first = rows.first {
            remarks.append(
                "one row: tutti batch explain \(plan.file.path) '\(BatchPlan.key(of: job.name, row: first))', or --row 1 to \(rows.count)"
            )
        }
        return remarks.flatMap { remark in
            SideBySide.wrap(surface.safeLine(remark), max(20, width - 4)).enumerated().map {
                ($0 == 0 ? " -  " : "    ") + $1
            }
        }
    }
}
