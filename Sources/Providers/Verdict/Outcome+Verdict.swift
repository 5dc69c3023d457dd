import Model

extension Outcome {
    /// The verdict on a session: what its provider printed, then how its process ended.
    ///
    /// The whole success that was printed decides, and no exit status or signal after it can turn it into a failure;
    /// without it no exit status makes a success. Only a spool that lost bytes is never a success.
    init(_ conclusion: Conclusion, _ ending: Ending) {
        let exit = ending.exit
        self.init(state: .failed, text: conclusion.text, structuredOutput: conclusion.structuredOutput)
        if let damage = Outcome.damage(ending) {
            failure = damage
        } else if conclusion.wholeSuccess {
            state = .completed
            if ending.cause != nil || exit?.endedBy != nil { endedBy = "tutti" }
        } else if let stated = conclusion.failure, stated.class != .cancelled {
            failure = stated
        } else if let cause = ending.cause {
            failure = Failure(cause, Outcome.words(cause))
        } else if let stated = conclusion.failure {
            failure = stated
        } else if let exit {
            failure = Outcome.failure(exit, conclusion, ending.stderr)
            if failure == nil { state = .completed }
        } else {
            failure = Failure(.lost, "the session's host ended without a record, and no result was printed")
        }
        switch failure?.class {
        case .cancelled?: state = .cancelled
        case .lost?: state = .lost
        default: break
        }
    }

    /// A failure of the recording itself, whatever was printed.
    private static func damage(_ ending: Ending) -> Failure? {
        if ending.exit?.endedBy == "spool_full" || ending.cause == .spoolFull {
            return Failure(.spoolFull, "the disk was full while the provider wrote, so its output is not whole")
        }
        if ending.cause == .spoolTruncated {
            return Failure(.spoolTruncated, "the recording became shorter than what was read of it")
        }
        return nil
    }

    /// What the end of a process means that printed no result; nil when its status is its result, and that is success.
    private static func failure(_ exit: ExitRecord, _ conclusion: Conclusion, _ stderr: String) -> Failure? {
        if let word = exit.startError { return Failure(.startFailed, "the provider could not be started: \(word)") }
        switch exit.endedBy {
        case "start_failed"?: return Failure(.startFailed, "the provider could not be started")
        case "total_timeout"?: return Failure(.totalTimeout, words(.totalTimeout))
        case "orphan_timeout"?:
            return Failure(.orphanTimeout, "ended by its host, because no coordinator followed it for limits.orphan")
        case "spool_size"?: return Failure(.oversize, "the output passed its size limit")
        case "request"?: return Failure(.cancelled, words(.cancelled))
        default: break
        }
        if let signal = exit.signal { return Failure(.crash, "ended by \(name(signal))" + said(stderr)) }
        let status = exit.status ?? 0
        if conclusion.statusDecides {
            if status == 0 { return nil }
            if status == 126 || status == 127 { return Failure(.startFailed, "exit status \(status)" + said(stderr)) }
            return Failure(.crash, "exit status \(status)" + said(stderr))
        }
        if status == 0 { return Failure(.noResult, "exit status 0, but no result was printed" + said(stderr)) }
        // A program that catches a signal says so by 128 and the signal's number.
        if status > 128, status < 160 {
            return Failure(.crash, "ended by \(name(status - 128)) (exit status \(status))" + said(stderr))
        }
        if !conclusion.spoke, !excerpt(stderr).isEmpty {
            // Two reasons are worth telling from a wrong command: what to do about them is not the same.
            let words = FailureWords.ofMessage(excerpt(stderr)).flatMap {
                [.auth, .contextTooLong].contains($0) ? $0 : nil
            }
            return Failure(words ?? .startFailed, "exit status \(status)" + said(stderr))
        }
        return Failure(.crash, "exit status \(status), and no result was printed" + said(stderr))
    }

    private static func name(_ signal: Int32) -> String {
        let names: [Int32: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
            11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
        ]
        return names[signal] ?? "signal \(signal)"
    }

    private static func said(_ stderr: String) -> String {
        let excerpt = excerpt(stderr)
        return excerpt.isEmpty ? "" : "; it said: \(excerpt)"
    }

    /// The last lines of standard error, at most some hundred bytes.
    private static func excerpt(_ stderr: String) -> String {
        var lines: [Substring] = []
        var length = 0
        for line in stderr.split(separator: "\n").reversed() {
            // Codex writes this whenever its standard input is not a terminal.
            if line == "Reading additional input from stdin..." { continue }
            let line = line.hasSuffix("\r") ? line.dropLast() : line
            if line.allSatisfy(\.isWhitespace) { continue }
            length += line.utf8.count
            if length > 800, !lines.isEmpty { break }
            lines.append(line)
        }
        return EventSink.cut(lines.reversed().joined(separator: "\n"), to: 1200)
    }

    /// What Tutti's own reasons to end a session mean, for a person.
    private static func words(_ cause: FailureClass) -> String {
        switch cause {
        case .cancelled: "cancelled before a result was there"
        case .totalTimeout: "the session took longer than its time-out"
        case .idleTimeout: "nothing was printed for longer than the idle time-out"
        case .firstByteTimeout: "nothing was printed within the first-byte time-out"
        case .startTimeout: "the session did not start within its time-out"
        case .budget: "the budget was used up"
        case .oversize: "the output passed its size limit"
        case .storeFull: "the store could not take more"
        case .auth: "the provider keeps retrying with credentials that are refused"
        case .network: "the provider waits for a network that does not come"
        default: "ended by Tutti: \(cause.rawValue)"
        }
    }
}
