import Coordinator
import Glibc
import Model
import Store

/// What a serving coordinator tells, as lines for people.
struct ServingWords {
    let store: Store
    let surface: Surface

    /// One line for one piece of news.
    func line(_ news: ServingNews) -> String {
        switch news {
        case .began(let id):
            guard let run = run(id) else { return "run \(id.short) begins" }
            let jobs = run.jobs.values.reduce(0, +)
            return "run \(id.short) begins: \(title(run)), \(Amounts.count(jobs, "job"))"
        case .finished(let id):
            guard let run = run(id), run.state.isFinal else { return "run \(id.short) is left as it is" }
            let span = run.finishedAt.map { $0.milliseconds - run.createdAt.milliseconds }
            let took = span.map { ", \(Amounts.span(milliseconds: $0))" } ?? ""
            return "run \(id.short) is over: \(run.state.rawValue), exit \(run.exit ?? 0)\(took)"
        case .tookOver(let dead, let runs, let sessions):
            return "coordinator \(dead.short) is dead: took over \(ServingWords.amount(runs, sessions))"
        case .fired(let name, let occurrence, let run, let replaces):
            let instead = replaces ? ", in place of the run before" : ""
            return "schedule \(surface.safeLine(name)): \(occurrence.iso8601) begins as run \(run.short)\(instead)"
        case .waits(let name, let occurrence):
            return "schedule \(surface.safeLine(name)): \(occurrence.iso8601) waits for the end of the run before"
        case .missed(let name, let count):
            return "schedule \(surface.safeLine(name)): \(Amounts.count(count, "time")) passed without a run"
        case .overlapped(let name, let count):
            return
                "schedule \(surface.safeLine(name)): left out \(Amounts.count(count, "time")), the run before goes on"
        case .trouble(let name, let error):
            return "schedule \(surface.safeLine(name)) does not run: \(surface.safeLine(error.message)); "
                + surface.safeLine(error.hint)
        case .store(let words?):
            return "the store cannot be used, trying again: \(surface.safeLine(words))"
        case .store(nil): return "the store can be used again"
        }
    }

    /// What it has on its hands, in a few words.
    func status(_ load: Server.Load) -> String {
        let work = load.runs == 0 ? "nothing to do" : ServingWords.amount(load.runs, load.sessions)
        guard let name = load.next, let at = load.nextAt else { return work }
        return "\(work); next: \(surface.safeLine(name)) at \(at.iso8601.prefix(16))Z"
    }

    /// What goes on after it has ended.
    func farewell(_ left: Server.Load) -> String {
        left.runs == 0
            ? "stopped; nothing is left to do"
            : "stopped; \(ServingWords.amount(left.runs, left.sessions)) \(left.runs == 1 ? "goes" : "go") on in the background    see: tutti ps"
    }

    /// `2 runs with 3 live sessions`.
    static func amount(_ runs: Int, _ sessions: Int) -> String {
        Amounts.count(runs, "run") + (sessions == 0 ? "" : " with \(Amounts.count(sessions, "live session"))")
    }

    /// `SIGTERM`.
    static func name(ofSignal number: Int32) -> String {
        switch number {
        case SIGINT: "SIGINT"
        case SIGTERM: "SIGTERM"
        case SIGHUP: "SIGHUP"
        default: "signal \(number)"
        }
    }

    private func run(_ id: Identifier) -> RunRow? { (try? store.read { try $0.run(id) }) ?? nil }

    private func title(_ run: RunRow) -> String {
        run.name.map { "\(run.kind) \(surface.safeLine($0))" } ?? run.kind
    }
}
