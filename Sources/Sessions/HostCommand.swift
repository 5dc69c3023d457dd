import EventLoop
import Model
import Providers

/// The command line and the environment of one session's host.
struct HostCommand {
    let executable: String
    let arguments: [String]
    let environment: [String: String]

    /// The version of what host and coordinator say to each other.
    static let protocolVersion = 1

    init(_ plan: SessionPlan) {
        let limits = plan.limits
        func milliseconds(_ limit: Duration?) -> String {
            // 0 is no limit to the host, so a limit of less than a millisecond becomes one.
            limit.map { String(max(1, $0.nanoseconds / 1_000_000)) } ?? "0"
        }
        // The coordinator's own limit comes first, and the whole ladder after it; the host's is for when nobody is left.
        let total = limits.total.map { total in
            plan.definition.ladder.within(limits.grace).reduce(total + (limits.grace ?? .seconds(10))) { $0 + $1.wait }
        }
        let input = plan.keepsInputOpen ? "open" : plan.launch.stdin == nil ? "none" : "file"
        executable = plan.host
        arguments =
            [
                "--protocol", String(HostCommand.protocolVersion), "--dir", plan.folder,
                "--cwd", plan.workingDirectory, "--stdout", plan.launch.stdout.rawValue, "--stdin", input,
                "--epoch", String(plan.epoch), "--total-ms", milliseconds(total),
                "--spool-max", String(max(0, limits.spoolBytes)), "--orphan-ms", milliseconds(limits.orphan),
                "--grace-ms", milliseconds(limits.grace), "--locks", plan.locks, "--store", plan.store,
                "--recover", plan.tutti, "--",
            ] + plan.launch.argv
        var environment = plan.launch.environment.merging(plan.extraEnvironment) { _, ours in ours }
        environment["TUTTI_SESSION"] = plan.id.text
        self.environment = environment
    }
}
