import Batch
import Model
import Settings

/// What `batch plan` shows a person: the waves, then what is to be known beside them, then the warnings.
struct PlanPage {
    let picture: PlanPicture
    let surface: Surface
    /// What the command that runs it has beside the file.
    var words: [String] = []

    private var plan: BatchPlan { picture.plan }
    private var width: Int { surface.isTerminal ? surface.width - 1 : 100 }

    /// The page as lines.
    var lines: [String] { head + table + total + remarks + warnings + tail }

    private var head: [String] {
        let rows = picture.meant.reduce(0) { sum, job in
            if case .known(let rows) = job.rows { sum + rows.count } else { sum + 1 }
        }
        let waves = Set(picture.meant.compactMap(\.wave)).count
        let providers = picture.providers.map { surface.safeLine($0) }
        let parts = [
            surface.safeLine(plan.file.path), Amounts.count(picture.meant.count, "job"),
            rows == picture.meant.count ? "" : Amounts.count(rows, "row"), Amounts.count(waves, "wave"),
            providers.isEmpty
                ? "" : "provider\(providers.count == 1 ? "" : "s") \(providers.joined(separator: ", "))",
            Amounts.count(picture.slots, "slot"),
        ]
        var lines = PartFlow.lines(parts, separator: "   ", width: width, indent: "  ")
        let calm = "nothing was started"
        let last = lines[lines.count - 1]
        if DisplayWidth.of(last) + 3 + calm.count <= width {
            let blanks = String(repeating: " ", count: max(3, width - DisplayWidth.of(last) - calm.count))
            lines[lines.count - 1] = last + (surface.isTerminal ? blanks : "   ") + surface.paint(calm, .dim)
        } else {
            lines.append("  " + surface.paint(calm, .dim))
        }
        return lines
    }

    private var table: [String] {
        let waves = Dictionary(grouping: picture.meant) { $0.wave ?? 0 }
        let rows = waves.sorted { $0.key < $1.key }.map { wave, jobs in
            var after: [String] = []
            for name in jobs.flatMap({ picture.needs(of: $0.name) }) where !after.contains(name) { after.append(name) }
            let part = picture.estimate.waves[wave] ?? PlanEstimate.Part()
            return WaveTable.Row(
                head: "wave \(wave)",
                jobs: jobs.map { surface.safeLine(PlanWords.job($0, in: plan, unicode: surface.unicode)) },
                after: after.map { surface.safeLine($0) }, time: PlanWords.time(part), cost: PlanWords.cost(part),
                sessions: PlanWords.past(part, asks: jobs.contains { plan.file.job($0.name)?.kind == .prompt }))
        }
        return WaveTable(rows: rows).lines(on: surface)
    }

    private var total: [String] {
        let total = picture.estimate.total
        var time = total.time == nil ? "time ?" : PlanWords.time(total)
        if let alone = picture.estimate.timeAlone, picture.slots > 1, alone != total.time {
            time += " with \(picture.slots) slots (\(Amounts.span(milliseconds: alone)) with 1)"
        }
        var cost = PlanWords.cost(total)
        if cost == "?" { cost = "cost ?" }
        let limits = PlanWords.limits(picture.budget)
        if !limits.isEmpty { cost += ", limit \(limits.joined(separator: ", "))" }
        if let limit = picture.budget.money, let foreseen = total.cost, foreseen > limit {
            cost += surface.paint(" (it will be reached)", .yellow)
        }
        return PartFlow.lines(
            [surface.paint(" total ", .bold) + "  " + time, cost], separator: "   ", width: width,
            indent: String(repeating: " ", count: 9))
    }

    /// What the waves cannot show.
    private var remarks: [String] {
        var remarks: [String] = []
        for job in picture.meant {
            guard let when = plan.whenRowsAreKnown(of: job) else { continue }
            remarks.append("\(job.name): \(when)")
        }
        for job in picture.onDemand {
            let callers = plan.callers(of: job.name).filter(picture.selection.contains)
            remarks.append(
                "\(job.name): runs only when \(callers.count > 1 ? "one of " : "")\(callers.joined(separator: ", ")) fails"
            )
        }
        var leftOut: [(reason: JobSelection.Reason, names: [String])] = []
        for job in plan.jobs {
            guard let reason = picture.selection.leftOut[job.name] else { continue }
            if let place = leftOut.firstIndex(where: { $0.reason == reason }) {
                leftOut[place].names.append(job.name)
            } else {
                leftOut.append((reason, [job.name]))
            }
        }
        for (reason, names) in leftOut { remarks.append("left out, \(reason): \(names.joined(separator: ", "))") }
        if !picture.takenAsDone.isEmpty {
            remarks.append("taken as done by an earlier run: \(picture.takenAsDone.joined(separator: ", "))")
        }
        return remarks.flatMap { wrapped(surface.safeLine($0), first: " -  ") }
    }

    private var warnings: [String] {
        plan.warnings.flatMap { warning in
            let position = warning.position
            let place = position.file == plan.file.path ? "line \(position.line)" : "\(position.file):\(position.line)"
            let lines = wrapped(surface.safeLine("\(place): \(warning.message)"), first: " \(surface.glyphs.warning)  ")
            return lines.map { surface.paint($0, .yellow) }
                + wrapped(surface.safeLine(warning.hint), first: "    ").map { surface.paint($0, .dim) }
        }
    }

    private var tail: [String] {
        let count = plan.warnings.count
        let file = surface.safeLine(ShellWords.line([plan.file.path]))
        let rest = words.isEmpty ? "" : " " + surface.safeLine(ShellWords.line(words))
        return PartFlow.lines(
            [
                count == 0 ? "" : Amounts.count(count, "warning") + ".", "run it: tutti batch run \(file)\(rest)",
                "one job: tutti batch explain \(file) JOB", "as JSON: --json",
            ], separator: "   ", width: width)
    }

    private func wrapped(_ text: String, first: String) -> [String] {
        let indent = String(repeating: " ", count: DisplayWidth.of(first))
        return SideBySide.wrap(text, max(20, width - indent.count)).enumerated().map { ($0 == 0 ? first : indent) + $1 }
    }
}
