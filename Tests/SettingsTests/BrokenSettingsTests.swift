import Model
import TestSupport
import Testing

@testable import Settings

@Suite struct BrokenSettingsTests {
    @Test(arguments: [
        // Keys.
        Broken("josb: 3\n", "2:1", "unknown key `josb`, did you mean \"jobs\"?"),
        Broken("Provider: x\n", "2:1", "did you mean \"provider\"?"),
        Broken("pols: {}\n", "2:1", "did you mean \"pools\"?"),
        Broken("pools: { claude: { most: 3 } }\n", "2:20", "unknown key `most` in `pools.claude`"),
        Broken("pools: { claude: { max: 0 } }\n", "2:25", "`pools.claude.max` needs a whole number from 1"),
        Broken("pools: { \"a b\": { max: 1 } }\n", "2:10", "cannot name a pool"),
        Broken("modules: { a: { path: a, day: much } }\n", "2:31", "`modules.a.day` needs an amount of dollars"),
        Broken("budget: { tokens: many }\n", "2:19", "`budget.tokens` needs a number such as 200, 20k"),
        Broken("zzzzzzzz: 1\n", "2:1", "unknown key `zzzzzzzz`"),
        Broken(
            "timeout:\n  totel: 10m\n", "3:3", "unknown key `totel` in `timeout`, did you mean \"total\"?"),
        Broken("retry: { attemps: 3 }\n", "2:10", "did you mean \"attempts\"?"),
        Broken("limits:\n  disk-floor: 1GB\n", "3:3", "did you mean \"disk_floor\"?"),
        Broken("budget: {usd: 1, eur: 1}\n", "2:18", "unknown key `eur` in `budget`"),
        Broken("modules:\n  a:\n    path: x\n    tag: [b]\n", "5:5", "did you mean \"tags\"?"),
        Broken("modules: { a: { path: x, timeout: { ttl: 1s } } }\n", "2:37", "in `modules.a.timeout`"),
        Broken("providers: { p: { extends: plain, comand: [x] } }\n", "2:35", "did you mean \"command\"?"),
        Broken(
            "providers: { p: { extends: jsonl, fields: { txt: a } } }\n", "2:45", "did you mean \"text\"?"),
        Broken(
            "providers: { p: { extends: jsonl, fields: { usage: { inptu: a } } } }\n", "2:54",
            "did you mean \"input\"?"),
        Broken(
            "providers: { p: { extends: replay, recording: { sped: 1 } } }\n", "2:49",
            "did you mean \"speed\"?"),
        Broken("jobs: 2\njobs: 3\n", "3:1", "`jobs` stands here a second time, first in line 2"),
        Broken(
            "modules:\n  a: {path: x}\n  b: {path: y}\n  a: {path: z}\n", "5:3",
            "`a` stands here a second time, first in line 3"),
        Broken("'jobs': 2\njobs: 3\n", "3:1", "a second time"),
        Broken("? [a, b]\n: 1\n", "2:3", "a key must be a word"),
        // Versions.
        Broken(whole: "jobs: 3\n", "1:1", "`version: 1` is missing"),
        Broken(whole: "version: 2\n", "1:10", "`version` must be 1"),
        Broken(whole: "version: \"1\"\n", "1:10", "`version` must be 1"),
        Broken(whole: "version: 1.0\n", "1:10", "`version` must be 1"),
        // Values.
        Broken("jobs: many\n", "2:7", "`jobs` needs a whole number from 1 to 100000, not \"many\""),
        Broken("jobs: 0\n", "2:7", "not \"0\""),
        Broken("jobs: 0x10\n", "2:7", "not \"0x10\""),
        Broken("jobs: 1_000\n", "2:7", "not \"1_000\""),
        Broken("jobs: 12:30\n", "2:7", "not \"12:30\""),
        Broken("jobs: 99999999999999999999\n", "2:7", "needs a whole number"),
        Broken("jobs: [1]\n", "2:7", "not a list"),
        Broken("jobs: {a: 1}\n", "2:7", "not a mapping"),
        Broken("jobs:\n", "2:6", "nothing is written"),
        Broken("jobs: ~\n", "2:7", "nothing is written"),
        Broken("timeout: 10m\n", "2:10", "`timeout` needs a mapping, not a single value"),
        Broken("timeout: { total: 10 }\n", "2:19", "`timeout.total` needs a time such as"),
        Broken("timeout: { total: 1m1h }\n", "2:19", "`timeout.total` needs a time"),
        Broken("retry: { delay: none }\n", "2:17", "`retry.delay` needs a time"),
        Broken("retry: { jitter: 1.5 }\n", "2:18", "`retry.jitter` needs a number from 0.0 to 1.0"),
        Broken("retry: { jitter: .nan }\n", "2:18", "`retry.jitter` needs a number"),
        Broken("retry: { function: exponental }\n", "2:20", "did you mean \"exponential\"?"),
        Broken("retry: { when: [overload, netwrk] }\n", "2:27", "did you mean \"network\"?"),
        Broken("budget: { usd: -1 }\n", "2:16", "`budget.usd` needs an amount of dollars"),
        Broken("budget: { usd: 1e3 }\n", "2:16", "`budget.usd` needs an amount of dollars"),
        Broken("limits: { spool: lots }\n", "2:18", "`limits.spool` needs a size"),
        Broken("provider: [claude]\n", "2:11", "`provider` needs a text, not a list"),
        // Modules and providers.
        Broken("modules: [a, b]\n", "2:10", "`modules` needs a mapping, not a list"),
        Broken("modules: { a: {} }\n", "2:12", "module `a` has no `path`"),
        Broken("modules: { a: x }\n", "2:15", "`modules.a` needs a mapping"),
        Broken("modules: { ../x: { path: y } }\n", "2:12", "\"../x\" cannot name a module"),
        Broken("modules: { -rf: { path: y } }\n", "2:12", "cannot name a module"),
        Broken("modules: { a: { path: [x] } }\n", "2:23", "`modules.a.path` needs a text, not a list"),
        Broken("modules: { a: { path: x, tags: [b c] } }\n", "2:32", "\"b c\" cannot be a tag"),
        Broken("modules: { a: { path: x, env: { 1A: x } } }\n", "2:33", "cannot name a variable"),
        Broken("modules: { a: { path: x, env: { TUTTI_RUN: x } } }\n", "2:33", "is set by Tutti itself"),
        Broken("modules: { a: { path: x, env: { A: [x] } } }\n", "2:36", "needs a text, not a list"),
        Broken("providers: { p: { extends: plain, command: [] } }\n", "2:44", "names no executable"),
        Broken(
            "providers: { p: { extends: replay, recording: { speed: -1 } } }\n", "2:56",
            "needs a number from 0.0"),
        Broken(
            "providers: { p: { extends: replay, recording: { provider: clude } } }\n", "2:59",
            "did you mean \"claude\"?"),
        Broken(
            "providers: { p: { extends: jsonl, fields: { usage.cumulative: maybe } } }\n", "2:63",
            "needs true or false"),
        // The language itself.
        Broken("\tjobs: 2\n", "2:1", "found a tab character"),
        Broken("modules: { a: { path: x }\n", "3:1", "did not find expected ',' or '}'"),
        Broken("provider: \"claude\n", "3:1", "end of stream"),
        Broken("provider: a: b\n", "2:12", "mapping values are not allowed"),
        Broken("---\nversion: 1\n", "2:1", "a second document begins here"),
        Broken(whole: "- version\n- 1\n", "1:1", "the file needs a mapping, not a list"),
        Broken(whole: "just words\n", "1:1", "the file needs a mapping, not a single value"),
        Broken("provider: *nobody\n", "2:11", "no anchor `&nobody` stands before"),
        Broken(whole: "x-a: &a b\nversion: 1\n*a : 1\n", "3:1", "an alias cannot be a key"),
        Broken("jobs: !!int 3\n", "2:7", "tags such as"),
        Broken("provider: !include /etc/passwd\n", "2:11", "tags such as `!include` are not allowed"),
        Broken("retry: !include x.yaml\n", "2:8", "tags such as `!include` are not allowed"),
        Broken("modules: !!map { a: { path: x } }\n", "2:10", "are not allowed"),
        Broken("retry: { <<: overload }\n", "2:14", "`<<` needs a mapping"),
        Broken("provider: a\u{1B}[2J\n", "2:12", "the character U+001B is not allowed"),
        Broken("provider: a\u{F8FF}b\n", "2:12", "the character U+F8FF is not allowed"),
    ])
    func `a broken file is refused with its place and its reason`(_ broken: Broken) {
        #expect(broken.mismatch(settingsError(broken.text)) == nil)
    }

    @Test func `every problem of a file is named, in the order of its lines`() throws {
        let error = try #require(settingsError("version: 1\nretry: { jitter: 9 }\njosb: 1\njobs: x\n"))
        let lines = error.message.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(lines == ["f:2:18:", "f:3:1:", "f:4:7:"])
    }

    @Test func `bytes that are no text are named with their place`() throws {
        let bytes = Array("version: 1\nprovider: ab".utf8) + [0xFF, 0x0A]
        let error = try #require(
            tuttiError { _ = try ConfigLayer.read(bytes, file: "f", root: "/", home: "/", owner: .project) })
        #expect(error.message == "f:2:13: this is not UTF-8 text")
    }

    @Test func `modules are refused in the user's own file`() throws {
        let error = try #require(tuttiError { _ = try readLayer("version: 1\nmodules: {}\n", owner: .user) })
        #expect(error.message.hasPrefix("f:2:1: `modules` belongs in a project's tutti.yaml"))
    }
}
