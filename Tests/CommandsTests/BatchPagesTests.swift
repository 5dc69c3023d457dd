import Batch
import Model
import Settings
import Store
import TestSupport
import Testing

@testable import Commands

/// The pages of `batch`, drawn from files in a folder.
@Suite struct BatchPagesTests {
    private static let hostile = "evil\u{1B}[2J\u{1B}]0;owned\u{07}\u{202E}word"

    private static let text = """
        version: 1
        inputs: { who: { default: claude } }
        budget: { usd: 0.01, tokens: 20k }
        profiles: { calm: { retry: { attempts: 4 } } }
        defaults: { timeout: { total: 1m } }
        jobs:
          list: { run: [ls], outputs: { names: { from: stdout, type: lines } }, on_failure: [notify] }
          ask:
            profile: calm
            matrix: { module: [api, web], include: [{ module: web, priority: 5 }] }
            module: ${{ matrix.module }}
            prompt: What is ${{ matrix.module }}?
          each: { needs: [list], matrix: { name: "${{ jobs.list.outputs.names }}" }, prompt: "x ${{ matrix.name }}" }
          made: { matrix: { line: { command: [touch, started] } }, prompt: "${{ matrix.line }}" }
          lost: { module: api, prompt: x, approvals: allow, provider: "${{ inputs.who }}" }
          merge: { needs: { ask: finished, each: success }, prompt: "${{ jobs.ask.text | json }}" }
          notify: { trigger: on_demand, run: [echo] }
        """

    private func with(
        _ text: String = text, _ body: (TemporaryFolder, BatchSource, Configuration) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            try folder.write(text, to: "b.batch.yaml")
            try folder.write(
                "version: 1\njobs: 3\nprovider: offline\nmodules:\n  api: { path: . }\n  web: { path: ., provider: claude }\n",
                to: "tutti.yaml")
            let configuration = try Configuration.load(
                directory: folder.path, environment: ["HOME": folder.path, "PATH": "/bin"])
            try body(folder, try BatchSource(folder.file("b.batch.yaml")), configuration)
        }
    }

    /// The picture of what `choice` means.
    private func picture(
        _ plan: BatchPlan, _ choice: JobSelection.Choice, _ configuration: Configuration, _ history: SessionHistory
    ) throws -> PlanPicture {
        let selection = try plan.selection(choice)
        return try PlanPicture(
            plan, selection, PlannedJob.all(of: plan, selection, configuration), configuration, history: history)
    }

    private let history = SessionHistory([
        SessionKind(module: "api", provider: "offline"): [PastSession(milliseconds: 2000, cost: nil)],
        SessionKind(module: "web", provider: "claude"): [PastSession(milliseconds: 5000, cost: Money(micros: 20_000))],
    ])

    @Test func `a plan says what is known, what is not, and what is odd`() throws {
        try with { folder, source, configuration in
            let plan = try source.plan(set: [])
            let picture = try self.picture(plan, JobSelection.Choice(), configuration, history)
            let lines = PlanPage(picture: picture, surface: Surface(width: 100)).lines
            let page = lines.joined(separator: "\n")
            for words in [
                "6 jobs   7 rows   3 waves", "3 slots", "nothing was started", "ask ×2 (module)", "each ×? (name)",
                "after list", "at least 5.0 s with 3 slots (7.0 s with 1)",
                "at least $0.020, limit $0.010, 20.0k tokens (it will be reached)", "(2 sessions)",
                "each: rows are known when `list` has ended", "made: rows are known when its command has run",
                "notify: runs only when list fails", "line 15: job \"lost\" asks for approvals \"allow\"", "1 warning.",
            ] { #expect(page.contains(words), "\(words) in:\n\(page)") }
            #expect(picture.providers == ["offline", "claude"])
            // The command that makes rows was not run.
            #expect(contents(of: folder.file("started")) == nil)
        }
    }

    @Test func `what is left out is named with the reason`() throws {
        try with { _, source, configuration in
            let plan = try source.plan(set: [])
            func page(_ choice: JobSelection.Choice) throws -> String {
                let picture = try self.picture(plan, choice, configuration, history)
                return PlanPage(picture: picture, surface: Surface(width: 100)).lines.joined(separator: "\n")
            }
            #expect(
                try page(.init(only: ["ask"])).contains("left out, not needed by ask: list, each, made, lost, merge"))
            let from = try page(.init(from: "merge"))
            #expect(from.contains("1 job   1 wave") && from.contains("taken as done by an earlier run: ask, each"))
            let skipped = try page(.init(skip: ["list"]))
            #expect(skipped.contains("left out, needs list, which is skipped: each"))
            #expect(!skipped.contains("taken as done"))
        }
    }

    @Test func `a job is explained with who says each value`() throws {
        try with { _, source, configuration in
            let plan = try source.plan(set: ["who=codex"])
            func value(_ path: String, of word: String) throws -> JobPicture.Value? {
                let (job, row) = try plan.find(word)
                return try JobPicture(plan, job, row: row, folder: source.folder, configuration).values.first {
                    $0.path == path
                }
            }
            let question = try value("prompt", of: "ask[module=web]")
            #expect(question?.value == "What is web?" && question?.layer == "job ask" && question?.position?.line == 12)
            #expect(try value("prompt", of: "ask")?.value == nil)
            #expect(try value("timeout.total", of: "2_1")?.layer == "defaults")
            #expect(try value("retry.attempts", of: "ask")?.layer == "profile calm")
            #expect(try value("priority", of: "2_2")?.layer == "matrix row")
            #expect(try value("priority", of: "2_1")?.layer == "built-in")
            let ofModule = try value("provider", of: "2_2")
            #expect(ofModule?.value == "claude" && ofModule?.layer == "module web")
            let ofProject = try value("provider", of: "2_1")
            #expect(ofProject?.layer == "project" && ofProject?.position?.line == 3)
            #expect(try value("provider", of: "lost")?.value == "codex")
            #expect(try value("provider", of: "list") == nil)
            #expect(try value("retry.delay", of: "ask")?.layer == "built-in")
        }
    }

    @Test func `nothing of a file reaches a terminal as it is`() throws {
        let text = """
            version: 1
            jobs:
              a:
                prompt: "\(Self.escaped)"
                provider: "\(Self.escaped)"
                matrix: { m: ["\(Self.escaped)"] }
                module: "\(Self.escaped)"
                approvals: allow
            """
        try with(text) { folder, source, configuration in
            let plan = try source.plan(set: [])
            let job = try #require(plan.job("a"))
            let picture = try self.picture(plan, JobSelection.Choice(), configuration, SessionHistory())
            for surface in [Surface(), Surface(isTerminal: true, unicode: false, width: 60)] {
                let lines =
                    PlanPage(picture: picture, surface: surface).lines
                    + JobPage(
                        picture: try JobPicture(plan, job, row: 0, folder: source.folder, configuration),
                        surface: surface
                    ).lines
                    + JobPage(
                        picture: try JobPicture(plan, job, row: nil, folder: source.folder, configuration),
                        surface: surface
                    ).lines
                #expect(lines.joined().unicodeScalars.allSatisfy { isHarmless($0) }, "\(lines)")
                #expect(lines.joined().contains("owned"))
            }
            try folder.write("version: 1\njobs: { \"\(Self.escaped)\": { promt: 1 } }", to: "bad.yaml")
            let verdict = FileVerdict(try BatchSource(folder.file("bad.yaml")))
            #expect(!verdict.problems.isEmpty)
            #expect(verdict.lines(on: Surface()).joined().unicodeScalars.allSatisfy { isHarmless($0) })
        }
    }

    @Test func `a file that cannot be read is refused before anything waits for it`() throws {
        try withTemporaryFolder { folder in
            func code(_ path: String) -> ExitCode? {
                do { _ = try BatchSource(path) } catch { return error.code }
                return nil
            }
            #expect(code(folder.file("missing.yaml")) == .notFound)
            #expect(code(folder.path) == .badInput)
            #expect(code("/dev/zero") == .badInput)
            try folder.write(String(repeating: "#", count: BatchSource.maxBytes + 1), to: "large.yaml")
            #expect(code(folder.file("large.yaml")) == .badInput)
            #expect(throws: TuttiError.self) { try BatchSource.given(["a"]) }
            #expect(throws: TuttiError.self) { try BatchSource.given(["=a"]) }
            #expect(try BatchSource.given(["a=b=c", "d="]).map(\.text) == ["b=c", ""])
        }
    }

    @Test func `the shell is offered the jobs of the file on the line`() throws {
        try with { _, source, _ in
            #expect(BatchJobNames.all(on: ["tutti", "batch", "explain", source.path, ""]).contains("merge"))
            #expect(BatchJobNames.all(on: ["tutti", "batch", "explain", "/missing.yaml"]).isEmpty)
        }
    }

    private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory != .control && scalar.value != 0x202E
    }

    /// The hostile text as YAML writes it between quotes.
    private static let escaped = hostile.unicodeScalars.map { scalar in
        scalar.value < 0x20 || scalar.value > 0x7E
            ? "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
                + String(scalar.value, radix: 16) : String(scalar)
    }.joined()
}
