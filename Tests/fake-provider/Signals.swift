import Glibc

/// How the process takes signals, and how it ends.
enum Signals {
    /// The status for SIGTERM; written once before the handler is set.
    nonisolated(unsafe) private static var statusOnTerm: Int32 = 0

    static func prepare(_ options: Options) {
        if options.ignoreSignals { for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) } }
        if let status = options.exitOnTerm {
            statusOnTerm = status
            signal(SIGTERM) { _ in _exit(Signals.statusOnTerm) }
        }
    }

    /// Ends the process in the wanted way.
    static func end(_ options: Options) -> Never {
        if options.core {
            var limit = rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            signal(SIGABRT, SIG_DFL)
            kill(getpid(), SIGABRT)
        }
        if let number = options.signal {
            // No core file unless one is asked for.
            var limit = rlimit(rlim_cur: 0, rlim_max: 0)
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
            signal(number, SIG_DFL)
            kill(getpid(), number)
            while true { pause() }
        }
        _exit(options.exit ?? (options.outcome == "success" ? 0 : 1))
    }
}
