import Coordinator
import Model
import Settings

/// `ask --dry-run`: who would be asked, and how.
enum DryRun {
    /// The fields of its records.
    static let fields = ["module", "path", "provider", "model", "timeout_ms", "attempts"]

    /// Shows the plan; nothing is started.
    static func present(_ request: AskRequest, _ options: GlobalOptions, _ context: CommandContext) throws {
        let records: [JSONObject] = request.targets.map { target in
            let model = request.model ?? target.setting?.model ?? request.configuration.model
            return [
                "module": .string(target.name), "path": .string(target.path),
                "provider": .string(request.provider(for: target)), "model": .optional(model),
                "timeout_ms": .optional(request.configuration.timeouts(for: target.setting).total?.wholeMilliseconds),
                "attempts": .integer(Int64(request.configuration.retry.attempts)),
            ]
        }
        let listing = Listing(records: records, columns: ["module", "provider", "model", "path"], identifier: "module")
        {
            lines(request, on: $0)
        }
        try listing.present(options, on: context.output)
    }

    /// The providers of a request in a few words.
    static func providers(_ request: AskRequest) -> String {
        var seen: Set<String> = []
        return request.targets.map { request.provider(for: $0) }.filter { seen.insert($0).inserted }
            .joined(separator: ", ")
    }

    private static func lines(_ request: AskRequest, on surface: Surface) -> [String] {
        var table = Table([
            .init(title: "MODULE"), .init(title: "PROVIDER"), .init(title: "MODEL", dropsAt: 1),
            .init(title: "PATH", flexible: true),
        ])
        for target in request.targets {
            let model = request.model ?? target.setting?.model ?? request.configuration.model ?? ""
            table.rows.append([
                .init(target.name), .init(request.provider(for: target)), .init(model), .init(target.path),
            ])
        }
        var lines = table.lines(on: surface)
        let budget = request.configuration.budget.map { "at most \(Amounts.money($0))" } ?? "no cost limit"
        lines.append(
            "\(Amounts.count(request.targets.count, "session")), \(request.configuration.jobs) at one time, \(budget); nothing was started"
        )
        return lines
    }
}
