/// Where Tutti keeps its files for this user, by the XDG base directory rules.
///
/// A relative path in an `XDG_*` variable counts as unset, as the rules say; without `HOME` the system's record of the
/// user is asked.
package struct Places: Sendable, Hashable {
    package let home: String
    /// `$XDG_DATA_HOME/tutti`: the database.
    package let data: String
    /// `$XDG_STATE_HOME/tutti`: spools, locks, logs, trust.
    package let state: String
    /// `$XDG_CACHE_HOME/tutti`: what may be deleted at any time.
    package let cache: String
    /// `$XDG_RUNTIME_DIR/tutti`, else `/run/user/UID/tutti` when that exists, else `run` in the state folder.
    package let runtime: String
    /// The user's own settings.
    package let userConfig: String
    /// The system's settings, first match wins.
    package let systemConfigs: [String]

    /// The places for a process with these variables.
    package init(environment: [String: String]) {
        let home = Paths.home(environment)
        func folder(_ variable: String, _ fallback: String) -> String {
            let value = environment[variable] ?? ""
            return Paths.normal((value.hasPrefix("/") ? value : home + "/" + fallback) + "/tutti")
        }
        self.home = home
        data = folder("XDG_DATA_HOME", ".local/share")
        state = folder("XDG_STATE_HOME", ".local/state")
        cache = folder("XDG_CACHE_HOME", ".cache")
        userConfig = folder("XDG_CONFIG_HOME", ".config") + "/config.yaml"
        let list = environment["XDG_CONFIG_DIRS"].flatMap { $0.isEmpty ? nil : $0 } ?? "/etc/xdg"
        systemConfigs = list.split(separator: ":").filter { $0.hasPrefix("/") }.map {
            Paths.normal($0 + "/tutti/config.yaml")
        }
        let runtimeVariable = environment["XDG_RUNTIME_DIR"] ?? ""
        let ofUser = "/run/user/\(UserIdentity.effective)"
        if runtimeVariable.hasPrefix("/") {
            runtime = Paths.normal(runtimeVariable + "/tutti")
        } else if FileText.owner(ofUser) == UserIdentity.effective {
            runtime = ofUser + "/tutti"
        } else {
            runtime = state + "/run"
        }
    }

    /// The database when nobody chose one.
    package var database: String { data + "/tutti.db" }
    /// The folder of every store's spools, sockets and locks.
    package var stores: String { state + "/stores" }
    /// What `TrustStore` keeps.
    package var trust: String { state + "/trust.json" }
}
