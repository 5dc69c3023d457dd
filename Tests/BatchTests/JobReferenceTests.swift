import Model
import Testing

@testable import Batch

@Suite struct JobReferenceTests {
    private static let text = """
        version: 1
        jobs:
          list: { run: [ls], outputs: { names: { from: stdout, type: lines } } }
          ask: { prompt: x, matrix: { module: [api, web], lens: [a, b] } }
          late: { prompt: x, needs: [list], matrix: { m: "${{ jobs.list.outputs.names }}" } }
          told: { prompt: x, matrix: { m: { command: [ls] } } }
        """

    @Test(arguments: [
        ("ask", "ask", nil), ("ask[module=web,lens=a]", "ask", 2), ("2_3", "ask", 2), ("2", "ask", nil),
        ("late", "late", nil), ("1", "list", nil),
    ])
    func `a job is found by name, key and address`(word: String, job: String, row: Int?) throws {
        let found = try plan(Self.text).find(word)
        #expect(found.job.name == job && found.row == row)
    }

    @Test(arguments: [
        ("aks", "did you mean \"ask\"?"), ("2_5", "has no row 5"), ("2_0", "has no row 0"), ("1_1", "has no rows"),
        ("ask[module=wep,lens=a]", "did you mean \"ask[module=web,lens=a]\"?"), ("9", "has no job"), ("", "has no job"),
        ("late[m=x]", "rows are known when `list` has ended"), ("4_1", "rows are known when its command has run"),
        ("2_x", "has no job"), ("2_1_1", "has no job"), ("_", "has no job"), ("[", "has no job"), ("-1", "has no job"),
        ("2_-9223372036854775808", "has no row -9223372036854775808"), ("-9223372036854775808", "has no job"),
        ("-9223372036854775808_1", "has no job"), ("9223372036854775807_1", "has no job"),
    ])
    func `what is not there is refused in words`(word: String, says: String) throws {
        let plan = try plan(Self.text)
        let error = #expect(throws: TuttiError.self) { try plan.find(word) }
        #expect(error?.code == .notFound && error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test func `the rows of a person count from one`() throws {
        let plan = try plan(Self.text)
        let job = try #require(plan.job("ask"))
        #expect(try plan.number(4, in: job) == 3)
        for wrong in [0, 5, -1, .max, .min] {
            #expect(throws: TuttiError.self) { try plan.number(wrong, in: job) }
        }
    }

    @Test func `a value is known, said later, or not said`() throws {
        let plan = try plan(
            """
            version: 1
            inputs: { who: { default: claude } }
            jobs:
              list: { run: [ls], outputs: { name: { from: stdout } } }
              ask:
                needs: [list]
                matrix: { m: [api, web], include: [{ m: web, provider: codex }] }
                provider: ${{ inputs.who }}
                module: ${{ matrix.m }}
                model: ${{ jobs.list.outputs.name }}
                prompt: x
            """)
        let ask = try #require(plan.job("ask"))
        #expect(plan.value(of: "provider", in: ask, row: 0) == .known("claude"))
        #expect(plan.value(of: "provider", in: ask, row: 1) == .known("codex"))
        #expect(plan.value(of: "module", in: ask, row: 1) == .known("web"))
        #expect(plan.value(of: "module", in: ask) == .later)
        #expect(plan.value(of: "model", in: ask, row: 0) == .later)
        #expect(plan.value(of: "workdir", in: ask, row: 0) == .unsaid)
    }
}
