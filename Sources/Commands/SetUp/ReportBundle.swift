import Glibc
import Model
import Settings
import Store

/// The file that `doctor --bundle` writes for a report: how things stand, without questions, answers, names or secrets.
enum ReportBundle {
    private static let newest = 500

    /// The report as text.
    static func text(_ findings: [Finding], _ context: CommandContext) -> String {
        let home = context.environment["HOME"] ?? ""
        var lines = ["tutti \(TuttiVersion.text)", system(), ""]
        lines += ["# doctor"]
        for finding in findings {
            lines.append("\(finding.state.rawValue)\t\(finding.check)\t\(finding.report ?? finding.detail)")
        }
        lines += ["", "# settings that were set, by name"]
        if let configuration = try? context.configuration() {
            for key in SettingKey.all {
                guard let source = try? configuration.explain(key.name).first else { continue }
                let origin = "\(source.origin)"
                if origin != "built-in" { lines.append("\(key.name)\t\(origin)") }
            }
        }
        lines += ["", "# variables that are set, by name"]
        lines += context.environment.keys.filter { $0.hasPrefix("TUTTI_") || $0.hasPrefix("XDG_") }.sorted()
        for name in ["TERM", "LANG", "LC_ALL"] { lines.append("\(name)=\(context.environment[name] ?? "")") }
        lines += ["", "# the newest sessions: state, class, exit status or signal, attempts"]
        lines += (try? sessions(context)) ?? ["the store cannot be read"]
        let safe = lines.map { Sanitizer.line($0) == $0 || $0.contains("\t") ? Sanitizer.text($0) : Sanitizer.line($0) }
        let text = safe.joined(separator: "\n") + "\n"
        // The person's own name is in every path below the home.
        return home.count > 1 ? text.replacing(home, with: "~") : text
    }

    private static func sessions(_ context: CommandContext) throws -> [String] {
        guard let store = try context.storeForReading() else { return ["nothing is recorded"] }
        defer { store.close() }
        var filter = ListFilter()
        filter.limit = newest
        var counts: [String: Int] = [:]
        for session in try store.read({ try $0.sessions(filter) }) {
            let end =
                session.exit?.status.map { "exit \($0)" } ?? session.exit?.signal.map { "signal \($0)" } ?? "no record"
            counts[
                "\(session.shownState)\t\(session.failureClass?.rawValue ?? "-")\t\(end)\t\(session.attempt)",
                default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value)\t\($0.key)" }
    }

    private static func system() -> String {
        (RawLog.text("/proc/version") ?? "linux").split(separator: "\n").first.map(String.init) ?? "linux"
    }
}
