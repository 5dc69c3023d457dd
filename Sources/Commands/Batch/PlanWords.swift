import Batch
import Coordinator
import Model

/// The parts of a plan in the words that people see.
enum PlanWords {
    /// `about 2:10`, `at least 2:10`, or `?`.
    static func time(_ part: PlanEstimate.Part) -> String {
        part.time.map { (part.isTimeWhole ? "about " : "at least ") + Amounts.span(milliseconds: $0) } ?? "?"
    }

    /// `$0.42`, `at least $0.42`, or `?`; what costs nothing for certain is `$0`.
    static func cost(_ part: PlanEstimate.Part) -> String {
        guard let cost = part.cost else { return "?" }
        if cost == .zero { return part.isCostWhole ? "$0" : "?" }
        return (part.isCostWhole ? "" : "at least ") + Amounts.money(cost)
    }

    /// `(20 sessions)`: the past that an estimate is made of.
    static func past(_ part: PlanEstimate.Part, asks: Bool) -> String {
        if part.sessions > 0 { return "(\(Amounts.count(part.sessions, "session")))" }
        return asks ? "(no sessions yet)" : ""
    }

    /// `lint ×6 (file)`: a job with how many rows it has and what makes them.
    static func job(_ job: BatchPlan.Job, in plan: BatchPlan, unicode: Bool) -> String {
        let times = unicode ? "×" : "x"
        let axes = plan.file.job(job.name)?.matrix?.axisNames ?? []
        let made = axes.isEmpty ? "" : " (\(axes.joined(separator: ", ")))"
        return switch job.rows {
        case .single: job.name
        case .known(let rows): "\(job.name) \(times)\(rows.count)\(made)"
        case .afterNeeds, .afterCommand: "\(job.name) \(times)?\(made)"
        }
    }

    /// The limits of a budget: `$2.00, 2.0M tokens`; empty without one.
    static func limits(_ budget: BatchBudget) -> [String] {
        var words: [String] = []
        if let money = budget.money { words.append(Amounts.money(money)) }
        if let tokens = budget.tokens { words.append(Amounts.tokens(tokens) + " tokens") }
        if let sessions = budget.sessions { words.append("\(Amounts.grouped(sessions)) sessions") }
        if let time = budget.time { words.append("\(Amounts.span(milliseconds: time.wholeMilliseconds)) of sessions") }
        return words
    }
}
