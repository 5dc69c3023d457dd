import Batch
import Model

/// The jobs of a batch in their order, each with how far its rows are: what a person sees of the graph while it runs.
///
/// Waves stand one behind another, jobs of one wave side by side. Pure: rows come in, lines come out.
struct JobFlow: Sendable {
    /// The names of the jobs, wave by wave.
    let waves: [[String]]
    private let numbers: [String: Int]
    /// The job of each row that was seen; nil for rows of no job in the waves, as those that are called for failures.
    private var places: [Place?] = []

    private struct Place: Sendable {
        var job: Int
        /// It is one of many, not the job as a whole or what makes its rows.
        var isOneOfMany: Bool
    }

    /// The most lines that it takes.
    static let mostLines = 2

    /// The flow of these jobs.
    init(waves: [[String]]) {
        self.waves = waves.filter { !$0.isEmpty }
        numbers = Dictionary(waves.joined().enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// Takes in the rows that have come since the last call.
    mutating func note(_ rows: [RunProgress.Row]) {
        for row in rows.dropFirst(places.count) {
            // `operation` of `operation[step=orders]`, and of `operation.step`, which makes the rows.
            let job = JobFlow.job(of: row)
            let isOneOfMany = row.module.utf8.dropFirst(job.utf8.count).first == UInt8(ascii: "[")
            places.append(numbers[job].map { Place(job: $0, isOneOfMany: isOneOfMany) })
        }
    }

    /// The jobs of which a row may be the next: those up to the first wave that is not over.
    func next(_ rows: [RunProgress.Row]) -> Set<String> {
        var open = Set<Int>()
        for (row, place) in zip(rows, places) { if let place, !row.standing.isFinal { open.insert(place.job) } }
        var next: Set<String> = []
        for wave in waves {
            next.formUnion(wave)
            if wave.contains(where: { numbers[$0].map(open.contains) == true }) { break }
        }
        return next
    }

    /// The job of a row.
    static func job(of row: RunProgress.Row) -> String { String(row.module.prefix { $0 != "[" && $0 != "." }) }

    /// The lines on this surface, `rule` wide; none where there is nothing to see but one job.
    func lines(_ rows: [RunProgress.Row], on surface: Surface, width: Int) -> [String] {
        guard numbers.count > 1 else { return [] }
        var counts = [[RunProgress.Standing: Int]](repeating: [:], count: numbers.count)
        var makers = counts
        for (row, place) in zip(rows, places) {
            guard let place else { continue }
            if place.isOneOfMany {
                counts[place.job][row.standing, default: 0] += 1
            } else {
                makers[place.job][row.standing, default: 0] += 1
            }
        }
        for job in counts.indices where counts[job].isEmpty { counts[job] = makers[job] }
        let arrow = surface.unicode ? " → " : " -> "
        var lines: [String] = []
        var (line, used) = ("  ", 2)
        for (number, wave) in waves.enumerated() {
            for (place, name) in wave.enumerated() {
                let (text, columns) = part(name, counts[numbers[name] ?? 0], on: surface)
                let gap = place > 0 ? "  " : number > 0 ? arrow : ""
                if used + gap.count + columns > width, used > 2 {
                    guard lines.count + 1 < JobFlow.mostLines else {
                        return lines + [line + " " + surface.paint(surface.glyphs.cut, .dim)]
                    }
                    lines.append(line)
                    (line, used) = (
                        "  " + (place > 0 ? "" : surface.paint(arrow.drop { $0 == " " }.description, .dim)), 4
                    )
                } else {
                    line += surface.paint(gap, .dim)
                    used += gap.count
                }
                line += text
                used += columns
            }
        }
        return lines + [line]
    }

    /// One job, and how many columns it takes: `✓ classify`, `● operation 2/3`.
    private func part(
        _ name: String, _ counts: [RunProgress.Standing: Int], on surface: Surface
    ) -> (text: String, columns: Int) {
        let (sign, tint) = RowLayout.mark(JobFlow.standing(counts), surface.glyphs)
        let total = counts.values.reduce(0, +)
        let ended = counts.reduce(0) { $1.key.isFinal ? $0 + $1.value : $0 }
        let name = surface.cut(surface.safeLine(name), to: 24)
        let words = total > 1 ? "\(name) \(ended)/\(total)" : name
        return (surface.paint(sign, tint) + " " + words, DisplayWidth.of(sign) + 1 + DisplayWidth.of(words))
    }

    /// How a job stands whose rows stand so: the first of these that any of them does.
    private static func standing(_ counts: [RunProgress.Standing: Int]) -> RunProgress.Standing {
        let found = counts.filter { $0.value > 0 }.keys
        for standing in [.needsInput, .running, .retrying] as [RunProgress.Standing] where found.contains(standing) {
            return standing
        }
        if found.contains(.queued) {
            return found.contains { $0.isFinal && ![.skipped, .unneeded].contains($0) } ? .running : .queued
        }
        for standing in [.failed, .cancelled, .completed, .skipped, .unneeded] as [RunProgress.Standing]
        where found.contains(standing) {
            return standing
        }
        return .queued
    }
}

extension JobFlow {
    /// The jobs of a plan; those that are only called for failures are not among them.
    init(_ plan: BatchPlan) {
        let waves = Dictionary(grouping: plan.jobs.filter { $0.wave != nil }) { $0.wave ?? 0 }
        self.init(waves: waves.sorted { $0.key < $1.key }.map { $0.value.map(\.name) })
    }
}
