import Model
import TestSupport
import Testing

@testable import Settings

@Suite struct PrecedenceTests {
    @Test func `a flag beats a variable, that the project, the user, the system and what is built in`() throws {
        try withPlayground { playground in
            _ = try playground.folder.makeFolder("etc")
            _ = try playground.folder.makeFolder("etc/tutti")
            _ = try playground.folder.makeFolder("home/.config")
            _ = try playground.folder.makeFolder("home/.config/tutti")
            #expect(try playground.load().explain("jobs").map(\.value) == [.integer(6)])
            let system = try playground.folder.write("version: 1\njobs: 2\n", to: "etc/tutti/config.yaml")
            #expect(try playground.load().jobs == 2)
            let user = try playground.folder.write("version: 1\n\njobs: 3\n", to: "home/.config/tutti/config.yaml")
            #expect(try playground.load().jobs == 3)
            #expect(try playground.load(project: "version: 1\njobs: 4\n").jobs == 4)
            playground.environment["TUTTI_JOBS"] = "5"
            #expect(try playground.load().jobs == 5)
            let configuration = try playground.load(flags: [.init(key: "jobs", flag: "-j", value: "9")])
            #expect(configuration.jobs == 9)
            let chain = try configuration.explain("jobs")
            #expect(chain.map(\.value) == [9, 5, 4, 3, 2, 6].map { .integer($0) })
            #expect(
                chain.map(\.origin) == [
                    .flag("-j"), .environment("TUTTI_JOBS"),
                    .project(.init(file: playground.project + "/tutti.yaml", line: 2, column: 7)),
                    .user(.init(file: user, line: 3, column: 7)), .system(.init(file: system, line: 2, column: 7)),
                    .builtIn,
                ])
        }
    }

    @Test func `no run goes over the limit of jobs, whoever asks`() throws {
        try withPlayground { playground in
            _ = try playground.load(project: "version: 1\nlimits: { jobs: 3 }\n")
            #expect(try playground.load(flags: [.init(key: "jobs", flag: "-j", value: "50")]).jobs == 3)
        }
    }

    @Test func `a flag or variable that cannot be read is wrong usage`() throws {
        try withPlayground { playground in
            let flag = try #require(
                tuttiError {
                    _ = try playground.load(flags: [.init(key: "timeout.total", flag: "--timeout", value: "soon")])
                })
            #expect(flag.code == .usage)
            #expect(flag.message.hasPrefix("--timeout needs a time such as"))
            playground.environment["TUTTI_JOBS"] = "-3"
            #expect(
                tuttiError { _ = try playground.load() }?.message.hasPrefix("TUTTI_JOBS needs a whole number") == true)
        }
    }

    @Test func `a module's time-outs stand above the project's and below a flag's`() throws {
        try withPlayground { playground in
            let text =
                "version: 1\ntimeout: { total: 10m, idle: 1m }\nmodules: { a: { path: a, timeout: { total: 20m, idle: none } } }\n"
            let configuration = try playground.load(project: text)
            let module = try #require(configuration.module("a"))
            #expect(configuration.timeouts().total == .seconds(600))
            #expect(configuration.timeouts(for: module).total == .seconds(1200))
            #expect(configuration.timeouts(for: module).idle == nil)
            let flagged = try playground.load(flags: [.init(key: "timeout.total", flag: "--timeout", value: "5s")])
            #expect(flagged.timeouts(for: module).total == .seconds(5))
        }
    }

    @Test func `everything that is set reaches its place`() throws {
        try withPlayground { playground in
            let configuration = try playground.load(
                project: """
                    version: 1
                    provider: codex
                    model: m
                    store: s.db
                    retry: { attempts: 5, delay: 1s, max_delay: 1m, function: linear, jitter: 0, when: [overload] }
                    budget: { usd: 1.50 }
                    limits: { memory: 1GiB, disk_floor: 2GiB, spool: 1MB, lag: 1KiB, orphan: none, grace: 3s }
                    """)
            #expect(configuration.provider == "codex")
            #expect(configuration.model == "m")
            #expect(configuration.store == playground.project + "/s.db")
            #expect(
                configuration.retry
                    == RetrySettings(
                        attempts: 5, delay: .seconds(1), maxDelay: .seconds(60), function: .linear, jitter: 0,
                        when: [.overload]))
            #expect(configuration.budget == Money(nanos: 1_500_000_000))
            #expect(
                configuration.limits
                    == LimitSettings(
                        memory: 1 << 30, diskFloor: 2 << 30, spool: 1_000_000, lag: 1024, orphan: nil,
                        grace: .seconds(3)))
        }
    }

    @Test func `a setting that does not exist gets a suggestion`() throws {
        try withPlayground { playground in
            let configuration = try playground.load()
            let error = try #require(tuttiError { _ = try configuration.explain("limit.jobs") })
            #expect(error.code == .usage)
            #expect(error.message.contains("did you mean \"limits.jobs\"?"))
        }
    }

    @Test func `a named file must exist, and its folder is the project`() throws {
        try withPlayground { playground in
            #expect(
                tuttiError {
                    _ = try Configuration.load(
                        directory: playground.project, explicit: "x.yaml", environment: playground.environment)
                }?.code == .notFound)
            _ = try playground.folder.makeFolder("other")
            _ = try playground.folder.makeFolder("other/.tutti")
            _ = try playground.folder.write("version: 1\nmodules: { a: { path: a } }\n", to: "other/.tutti/tutti.yaml")
            playground.environment["TUTTI_CONFIG"] = "../other/.tutti/tutti.yaml"
            let configuration = try playground.load()
            #expect(configuration.root == playground.folder.file("other"))
            #expect(configuration.modules[0].path == playground.folder.file("other/a"))
        }
    }
}
