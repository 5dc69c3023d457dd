import Glibc
package import Model
import Sessions
package import Settings

extension Surroundings {
    /// The surroundings of this process: finds the two executables, and asks the trust store before anything is run.
    ///
    /// `tutti` is the tutti executable where that is known, as in a command. Throws a `TuttiError` (exit 78) when an
    /// executable cannot be found.
    package static func find(
        kind: String, environment: [String: String], limits: LimitSettings, tutti named: String? = nil
    ) throws(TuttiError) -> Surroundings {
        let tutti = if let named { named } else { try tuttiExecutable(environment) }
        let host = try HostExecutable.find(environment: environment, executable: tutti)
        let trust = TrustStore(environment: environment)
        return Surroundings(
            kind: kind, environment: environment, tutti: tutti, host: host, limits: limits,
            mayRun: { try trust.require($0) })
    }

    /// The path of the tutti executable: the running program when it is that, else `TUTTI_BIN`, a neighbour, or on `PATH`.
    private static func tuttiExecutable(_ environment: [String: String]) throws(TuttiError) -> String {
        let running = HostExecutable.runningExecutable()
        if let running, running.hasSuffix("/tutti") { return running }
        var candidates: [String] = []
        if let named = environment["TUTTI_BIN"], !named.isEmpty { candidates.append(named) }
        if let running, let slash = running.lastIndex(of: "/") { candidates.append(running[...slash] + "tutti") }
        for folder in (environment["PATH"] ?? "").split(separator: ":") { candidates.append("\(folder)/tutti") }
        for path in candidates where access(path, X_OK) == 0 { return path }
        throw TuttiError(
            .badConfiguration, "Cannot find the tutti executable; tried \(candidates.joined(separator: ", ")).",
            hint: "Install it (make install), put it on PATH, or set TUTTI_BIN to its path.")
    }
}
