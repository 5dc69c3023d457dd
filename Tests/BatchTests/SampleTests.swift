import Model
import Settings
import TestSupport
import Testing

@testable import Batch

/// The whole sample of the design: it is read, planned, expanded, explained and filled in.
@Suite struct SampleTests {
    static let fixtures = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Fixtures"
    static let folder = MemoryFolder(files: [
        "prompts/ask.md": "${{ inputs.question }} Look for ${{ matrix.lens }}.\n${{ file(\"README.md\") }}",
        "README.md": "About ${{ nothing }}.", "schemas/finding.json": "{\"type\": \"object\"}",
        "Sources/A/a.swift": "let a = 1",
        "Sources/B/b.swift": "let b = 2",
    ])

    private func sample() throws -> BatchPlan {
        let bytes = try #require(contents(of: Self.fixtures + "/audit.batch.yaml"))
        let file = try BatchFile.read(bytes, path: "audit.batch.yaml")
        return try BatchPlan.make(
            file, inputs: try file.inputValues(given: [("question", "What is wrong?")]), folder: Self.folder,
            displayFolder: "/b")
    }

    private var listed: JobOutcome {
        success("list", outputs: ["modules": ["Sources/A/", "Sources/B/", "Sources/Docs/"]])
    }

    @Test func `it is planned in waves, with what must wait marked`() throws {
        let plan = try sample()
        #expect(plan.file.name == "audit-modules")
        #expect(plan.jobs.map(\.name) == ["list", "ask", "merge", "fix", "notify"])
        #expect(plan.jobs.map(\.wave) == [1, 2, 3, 4, nil])
        #expect(plan.jobs.map(\.rows) == [.single, .afterNeeds, .single, .single, .single])
        #expect(plan.inputs == ["question": "What is wrong?", "depth": "normal"])
        #expect(plan.texts.keys.sorted() == ["README.md", "prompts/ask.md", "schemas/finding.json"])
        #expect(plan.warnings.map(\.message) == ["the input \"depth\" is not used"])
    }

    @Test func `its dynamic matrix is expanded when the list is there`() throws {
        var plan = try sample()
        #expect(plan.verdict(on: "ask", outcomes: [:]) == .wait(["list"]))
        #expect(plan.verdict(on: "ask", outcomes: ["list": listed]) == .start)
        try plan.expand("ask", outcomes: ["list": listed], folder: Self.folder)
        let rows = plan.rows(of: try #require(plan.job("ask")))
        #expect(
            rows.map(\.key) == [
                "ask[module=Sources/A,lens=security]", "ask[module=Sources/A,lens=performance]",
                "ask[module=Sources/B,lens=security]", "ask[module=Sources/B,lens=performance]",
                "ask[module=Sources/Docs,lens=security]", "ask[module=Package.swift,lens=security]",
            ])
        #expect(rows.map(\.address) == ["2_1", "2_2", "2_3", "2_4", "2_5", "2_6"])
        let job = try plan.ready("ask", row: 5, outcomes: ["list": listed], folder: Self.folder)
        #expect(question(job) == "What is wrong? Look for security.\nAbout ${{ nothing }}.")
        #expect(job.settings.priority == 5)
        #expect(job.settings.workdir == "Package.swift")
        #expect(job.settings.save == "out/module=Package.swift,lens=security.json")
        #expect(job.settings.provider == "claude" && job.settings.model == "sonnet")
        #expect(job.settings.retry(over: RetrySettings()).when == [.overload, .network, .crash])
        #expect(job.settings.timeouts(over: TimeoutSettings()).total == .seconds(1800))
        #expect(job.settings.timeouts(over: TimeoutSettings()).startup == .seconds(60))
        #expect(job.settings.maxParallel == 12 && !job.settings.failFast && job.settings.sharesPrefix)
        #expect(job.settings.fallbacks.map(\.provider) == ["codex"])
        let secrets = try #require(job.settings.json["env"]?["secrets"]?.object)
        #expect(secrets.members.map { $0.value["file"] } == ["~/.config/tutti/anthropic"])
        let first = try plan.ready("ask", row: 0, outcomes: ["list": listed], folder: Self.folder)
        #expect(first.settings.save == "out/module=Sources.A,lens=security.json")
        #expect(first.settings.priority == 0 && first.settings.cacheAge == .seconds(7 * 86_400))
    }

    @Test func `its merge runs when enough answered, and gets what they said`() throws {
        let plan = try sample()
        func asked(_ succeeded: Int) -> JobOutcome {
            JobOutcome(
                rows: (0..<10).map {
                    .init(
                        key: "m=\($0)", address: "2_\($0)", status: $0 < succeeded ? .success : .failure,
                        text: "answer \($0)")
                }, hasMatrix: true)
        }
        #expect(plan.verdict(on: "merge", outcomes: ["ask": asked(8)]) == .start)
        #expect(plan.verdict(on: "merge", outcomes: ["ask": asked(10)]) == .start)
        guard case .skip(let reason) = plan.verdict(on: "merge", outcomes: ["ask": asked(7)]) else {
            Issue.record("seven of ten are too few")
            return
        }
        #expect(reason.contains("`when` is false"))
        let merge = try plan.ready("merge", outcomes: ["ask": asked(9)], folder: Self.folder)
        let text = try #require(question(merge))
        #expect(text.hasPrefix("What is wrong?\nAnswers from 9 of 10 modules follow.\n## m=0\n\nanswer 0\n\n## m=1"))
        #expect(text.hasSuffix("Not answered: m=9\n"))
        let fix = try plan.ready(
            "fix", outcomes: ["merge": success("merge", result: ["top": "a bug"])], folder: Self.folder)
        #expect(question(fix) == "Fix the worst finding: a bug")
        #expect(fix.settings.json["tools"]?["allow"] == ["Read", "Edit", "Bash(swift test:*)"])
        #expect(fix.settings.verify == ["swift", "test"])
        #expect(fix.settings.json["workspace"]?["kind"] == "worktree")
    }

    @Test func `its job for failures waits for one`() throws {
        let plan = try sample()
        #expect(plan.verdict(on: "notify", outcomes: [:]) == .wait(["fix"]))
        #expect(plan.verdict(on: "notify", outcomes: ["fix": success("fix")]) == .unneeded)
        #expect(plan.verdict(on: "notify", outcomes: ["fix": failure("fix")]) == .start)
        let job = try plan.ready("notify", folder: Self.folder, run: RunFacts(run: "R", url: "http://x/R"))
        #expect(job.work == .run(["notify-send", "audit failed", "http://x/R"]))
    }

    @Test func `every value says where it came from`() throws {
        let plan = try sample()
        let values = try plan.explain("fix", folder: Self.folder)
        func origin(_ path: String) -> String? {
            values.first { $0.path == path }.map { "\($0.layer) \($0.position)" }
        }
        #expect(origin("provider") == "profile reader audit.batch.yaml:15:15")
        #expect(origin("tools.allow") == "profile fixer audit.batch.yaml:25:21")
        #expect(origin("timeout.total") == "defaults audit.batch.yaml:10:21")
        #expect(origin("priority") == "job fix audit.batch.yaml:74:15")
        #expect(values.first { $0.path == "prompt" }?.value == nil)
        #expect(values.first { $0.path == "priority" }?.value == 10)
        #expect(
            tuttiError { _ = try plan.explain("fixx", folder: Self.folder) }?.message.contains("did you mean \"fix\"?")
                == true)
    }

    @Test func `a stored plan is the same plan`() throws {
        var plan = try sample()
        try plan.expand("ask", outcomes: ["list": listed], folder: Self.folder)
        let json = plan.json
        let again = try BatchPlan(json: json)
        #expect(again.json == json)
        #expect(again.job("ask")?.rows == plan.job("ask")?.rows)
        let job = try again.ready("ask", row: 5, outcomes: ["list": listed], folder: MemoryFolder())
        #expect(job == (try plan.ready("ask", row: 5, outcomes: ["list": listed], folder: Self.folder)))
        var damaged = json
        damaged["hash"] = "0"
        #expect(tuttiError { _ = try BatchPlan(json: damaged) }?.code == .badInput)
        damaged = json
        damaged["jobs"] = []
        #expect(tuttiError { _ = try BatchPlan(json: damaged) }?.message.contains("no rows of the job `list`") == true)
    }

    @Test func `its schedule and budget are there to be read`() throws {
        let plan = try sample()
        let schedule = try #require(plan.file.schedules.first)
        #expect(schedule.cron == "0 3 * * MON-FRI" && schedule.timeZone == "Europe/Zurich" && schedule.overlap == .skip)
        #expect(schedule.catchUp == .latest && schedule.grace == .seconds(7200) && schedule.jitter == .seconds(300))
        #expect(plan.file.inputValues(of: schedule)["question"] == "What got worse since yesterday?")
        #expect(plan.file.inputValues(of: schedule)["depth"] == "normal")
        let pools = try plan.pools()
        #expect(pools.map(\.name) == ["claude", "codex"] && pools.map(\.max) == [8, 4])
        #expect(pools[0].isAdaptive && pools[0].memoryFloor == 2 << 30 && pools[0].interactiveReserve == 1)
        let budget = try plan.budget()
        #expect(
            budget.money == Money(nanos: 20_000_000_000) && budget.tokens == 20_000_000 && budget.reaction == .stopNew)
    }
}
