import CLinux
import Coordinator
import Glibc
import Model
import Providers
import Sessions
import Settings
import Store

/// Everything that `doctor` looks at. It reads, and runs nothing.
struct Examination {
    private let context: CommandContext

    /// An examination of the place where the command runs.
    init(_ context: CommandContext) { self.context = context }

    /// What was found, in the order in which it is shown.
    func findings() -> [Finding] {
        [version(), host(), settings()] + modules() + store() + providers() + [limits(), disk(), clock()]
    }

    private func version() -> Finding {
        Finding(
            check: "tutti", state: .good,
            detail: "\(TuttiVersion.text)   linux, \(Amounts.count(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), "core"))")
    }

    private func host() -> Finding {
        do throws(TuttiError) {
            return Finding(
                check: "host", state: .good, detail: try HostExecutable.find(environment: context.environment),
                report: "found")
        } catch {
            return Finding(check: "host", error, fix: error.hint)
        }
    }

    private func settings() -> Finding {
        do throws(TuttiError) {
            let configuration = try context.configuration()
            let files = configuration.layers.map(\.file)
            let what = files.isEmpty ? "no settings file" : files.joined(separator: ", ")
            switch TrustStore(environment: context.environment).state(of: configuration) {
            case .notNeeded: return Finding(check: "settings", state: .good, detail: what)
            case .trusted: return Finding(check: "settings", state: .good, detail: what + ", trusted")
            case .untrusted:
                return Finding(
                    check: "settings", state: .warning, detail: what + ", not trusted",
                    fix: "read it, then: tutti trust")
            case .changed:
                return Finding(
                    check: "settings", state: .warning, detail: what + ", changed since you trusted it",
                    fix: "tutti trust --diff")
            }
        } catch {
            return Finding(check: "settings", error, fix: error.hint)
        }
    }

    /// The modules that cannot be asked; nothing where all are in their place.
    private func modules() -> [Finding] {
        ((try? context.configuration())?.modules ?? []).compactMap { module in
            module.obstacle.map {
                Finding(
                    check: "module", state: .problem, detail: $0.message, fix: $0.hint,
                    report: "the folder of a module cannot be asked, line \($0.position.line)")
            }
        }
    }

    private func store() -> [Finding] {
        do {
            let path = try context.storePath()
            // The usual place is nobody's value.
            let place = (try? context.configuration())?.store == nil ? path : "a chosen place"
            guard let store = try context.storeForReading() else {
                return [
                    Finding(
                        check: "store", state: .absent, detail: "\(path), nothing recorded yet",
                        report: "\(place), nothing recorded yet")
                ]
            }
            var status = stat()
            let size = stat(path, &status) == 0 ? Int64(status.st_size) : 0
            let isOpenToOthers = status.st_mode & 0o077 != 0
            let (counts, dead, alive) = try store.read { reader in
                (
                    try reader.counts(since: Timestamp(milliseconds: 0)), try reader.deadCoordinators(),
                    try reader.coordinators().filter(\.isAlive)
                )
            }
            let facts = "\(Amounts.bytes(size)), mode \(String(status.st_mode & 0o777, radix: 8))"
            var found = [
                Finding(
                    check: "store", state: isOpenToOthers ? .warning : .good, detail: "\(path), \(facts)",
                    fix: isOpenToOthers ? "chmod 600 \(path)" : nil, report: "\(place), \(facts)")
            ]
            let work =
                "\(counts.running) running, \(counts.queued) queued, \(Amounts.count(alive.count, "coordinator"))"
            found.append(
                dead.isEmpty
                    ? Finding(check: "work", state: .good, detail: work)
                    : Finding(
                        check: "work", state: .warning, detail: "\(work), \(dead.count) died and left work",
                        fix: "go on with it: tutti recover    a guard or a session that lives does so by itself"))
            found.append(daemon(store))
            found += try store.read { try $0.closedPools() }.map(Examination.closed)
            if let log = log(store) { found.append(log) }
            return found
        } catch {
            return [Finding(check: "store", error, fix: "look at the disk; a backup lies beside the store")]
        }
    }

    /// A log that somebody keeps from beginning anew; nil while it is not large.
    private func log(_ store: Store) -> Finding? {
        guard store.logSize > Store.largeLog else { return nil }
        let size = Amounts.bytes(store.logSize)
        var readers = store.readingProcesses()
        // Whoever reads shortly, again and again, is not there at every look.
        for _ in 0..<5 where !readers.isEmpty {
            usleep(50_000)
            readers.formIntersection(store.readingProcesses())
        }
        guard let reader = readers.min() else { return nil }
        let name = RawLog.text("/proc/\(reader)/comm").map { " (\($0.trimmedEnd))" } ?? ""
        return Finding(
            check: "log", state: .warning,
            detail: "\(size) beside the store: process \(reader)\(name) reads in a transaction that does not end",
            fix: "end that transaction, or the process", report: "\(size) beside the store, kept by a reader")
    }

    private static func closed(_ pool: ClosedPool) -> Finding {
        Finding(
            check: "queue", state: .warning,
            detail: pool.cause == .paused
                ? "\(pool.pool.text) is paused" : "\(pool.pool.text) is closed: what starts there breaks at once",
            fix: pool.opening)
    }

    private func daemon(_ store: Store) -> Finding {
        guard let holder = ServingHolder.find(in: store.stateFolder) else {
            let schedules = (try? store.read { try $0.schedules().count }) ?? 0
            return schedules == 0
                ? Finding(check: "daemon", state: .absent, detail: "nobody serves the store; nothing needs it")
                : Finding(
                    check: "daemon", state: .warning,
                    detail: "nobody serves the store: \(Amounts.count(schedules, "schedule")) will not run",
                    fix: "tutti daemon start")
        }
        let pid = holder.process.map { "process \($0.pid)" } ?? "a process"
        let since = holder.since.map { ", since \($0.iso8601)" } ?? ""
        return Finding(check: "daemon", state: .good, detail: "\(pid) serves the store\(since)", report: "serving")
    }

    private func providers() -> [Finding] {
        guard let configuration = try? context.configuration() else { return [] }
        return configuration.providers.names.compactMap { name in
            guard let definition = try? configuration.providers.definition(name), let program = definition.command.first
            else { return nil }
            let users = configuration.modules.filter { $0.provider == name }.map(\.name)
            let isNeeded = configuration.provider == name && !configuration.layers.isEmpty || !users.isEmpty
            if let path = ToolFinder.find(program, path: context.environment["PATH"]) {
                return Finding(
                    check: name, state: .good, detail: path, report: "installed, base \(definition.kind.rawValue)")
            }
            let obstacle = ToolFinder.obstacle(program, path: context.environment["PATH"])
            // One that somebody described and nothing uses is told of, and keeps nothing from working.
            let isDescribed = !configuration.providers.settings(named: name).isEmpty
            let isMissing = !isDescribed && obstacle.fix.hasPrefix("install")
            return Finding(
                check: name, state: isNeeded ? .problem : isDescribed ? .unused : .absent,
                detail: (isMissing ? "\(program) is not installed" : obstacle.what)
                    + (users.isEmpty ? "" : "; needed by: \(users.joined(separator: ", "))"),
                fix: isNeeded ? "\(obstacle.fix), or choose another provider" : isDescribed ? obstacle.fix : nil,
                report: "not installed, base \(definition.kind.rawValue)"
                    + (users.isEmpty ? "" : ", needed by \(Amounts.count(users.count, "module"))"))
        }
    }

    private func limits() -> Finding {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        if let text = RawLog.text("/proc/self/limits"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Max open files") })
        {
            let words = line.split(separator: " ")
            soft = words.count > 3 ? UInt64(words[3]) ?? 0 : 0
            hard = words.count > 4 ? UInt64(words[4]) ?? 0 : 0
        }
        let enough = hard >= 1024
        return Finding(
            check: "limits", state: enough ? .good : .warning,
            detail:
                "open files \(Amounts.grouped(Int64(clamping: soft))), up to \(Amounts.grouped(Int64(clamping: hard)))",
            fix: enough ? nil : "ulimit -n 4096")
    }

    private func disk() -> Finding {
        var place = Places(environment: context.environment).state
        var status = statvfs()
        while statvfs(place, &status) != 0, place.count > 1 {
            place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
            if place.isEmpty { place = "/" }
        }
        let free = Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
        let floor = (try? context.configuration())?.limits.diskFloor ?? LimitSettings().diskFloor
        return Finding(
            check: "disk", state: free > floor ? .good : .problem, detail: "\(Amounts.bytes(free)) free at \(place)",
            fix: free > floor ? nil : "free some space: nothing starts below \(Amounts.bytes(floor))",
            report: "\(Amounts.bytes(free)) free")
    }

    private func clock() -> Finding {
        let now = context.now
        // A clock before this program was written makes every age and every certificate wrong.
        let isSane = now.milliseconds > 1_735_689_600_000
        return Finding(
            check: "clock", state: isSane ? .good : .problem, detail: now.iso8601, fix: isSane ? nil : "set the clock")
    }
}
