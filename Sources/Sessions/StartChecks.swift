import Glibc
import Model
import Providers

/// What is looked at before a host is started, so that the reason of a failure has a name.
enum StartChecks {
    /// Why `plan` cannot be started; nil when nothing speaks against it.
    static func obstacle(to plan: SessionPlan) -> Failure? {
        folder(plan.workingDirectory) ?? executable(plan) ?? host(plan.host)
    }

    private static func folder(_ path: String) -> Failure? {
        var status = stat()
        guard stat(path, &status) == 0 else { return failure("enter the working folder \(path)", errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return failure("enter the working folder \(path)", ENOTDIR) }
        return access(path, X_OK) == 0 ? nil : failure("enter the working folder \(path)", errno)
    }

    private static func executable(_ plan: SessionPlan) -> Failure? {
        guard let name = plan.launch.argv.first, !name.isEmpty else {
            return Failure(.startFailed, "cannot start the provider \(plan.definition.name): it has no command")
        }
        if name.contains("/") {
            let path = name.hasPrefix("/") ? name : "\(plan.workingDirectory)/\(name)"
            return runnable(path).map { failure("start \(path)", $0) }
        }
        let folders = (plan.launch.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        var worst = ENOENT
        for folder in folders {
            guard let number = runnable("\(folder)/\(name)") else { return nil }
            if number != ENOENT && number != ENOTDIR { worst = number }
        }
        return failure("start \(name) (looked for in PATH)", worst)
    }

    private static func host(_ path: String) -> Failure? {
        runnable(path).map { failure("start the host \(path)", $0) }
    }

    /// The system's number for why a file cannot be executed; nil when it can.
    private static func runnable(_ path: String) -> Int32? {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno }
        if status.st_mode & S_IFMT == S_IFDIR { return EACCES }
        return access(path, X_OK) == 0 ? nil : errno
    }

    /// A failure to do something, in the system's words.
    static func failure(_ attempt: String, _ number: Int32) -> Failure {
        Failure(.startFailed, "cannot \(attempt): \(String(cString: strerror(number)))")
    }
}
