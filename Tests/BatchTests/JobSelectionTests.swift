import Model
import Testing

@testable import Batch

@Suite struct JobSelectionTests {
    private static let text = """
        version: 1
        jobs:
          a: { run: [x], on_failure: [help] }
          b: { run: [x], needs: [a] }
          c: { run: [x], needs: { b: finished } }
          d: { run: [x], needs: [b], when: "${{ jobs.b.succeeded > 0 }}" }
          e: { run: [x], needs: { b: failure } }
          f: { run: [x], needs: [e], on_failure: [other] }
          alone: { run: [x] }
          help: { run: [x], trigger: on_demand }
          other: { run: [x], trigger: on_demand }
        """

    private func meant(_ choice: JobSelection.Choice) throws -> [String] {
        let plan = try plan(Self.text)
        let selection = try plan.selection(choice)
        return plan.jobs.map(\.name).filter(selection.contains)
    }

    @Test func `no choice means everything`() throws {
        #expect(try meant(JobSelection.Choice()).count == 9)
    }

    @Test func `only takes what is needed, and what is for its failures`() throws {
        #expect(try meant(JobSelection.Choice(only: ["b"])) == ["a", "b", "help"])
        #expect(try meant(JobSelection.Choice(only: ["alone", "a"])) == ["a", "alone", "help"])
    }

    @Test func `from takes what comes after`() throws {
        #expect(try meant(JobSelection.Choice(from: "b")) == ["b", "c", "d", "e", "f", "other"])
        #expect(try meant(JobSelection.Choice(only: ["d"], from: "b")) == ["b", "d"])
    }

    @Test func `a skipped job takes with it what cannot go without it`() throws {
        // `c` needs only the end of `b`; the condition of `d` counts what `b` came to, and there is nothing to count.
        #expect(try meant(JobSelection.Choice(skip: ["b"])) == ["a", "c", "alone", "help"])
        let selection = try plan(Self.text).selection(JobSelection.Choice(skip: ["b"]))
        #expect(selection.leftOut["e"] == .lacks("b") && selection.leftOut["f"] == .lacks("e"))
        #expect(selection.leftOut["other"] == .uncalled)
    }

    @Test func `what would be made of skipped jobs alone is left out with them`() throws {
        let text = """
            version: 1
            jobs:
              ask: { run: [x], matrix: { n: [1, 2] } }
              other: { run: [x] }
              quorum: { run: [x], needs: [ask], when: "${{ jobs.ask.succeeded >= 0.5 * jobs.ask.total }}" }
              shipped: { run: [x], needs: [quorum] }
              whatever: { run: [echo, "${{ jobs.ask.results | json }}"], needs: { ask: finished } }
              asked: { prompt_file: p.md, needs: { ask: finished } }
              both: { run: [x], needs: [ask, other], when: "${{ jobs.ask.succeeded + jobs.other.succeeded > 0 }}" }
              told: { run: [x], needs: [ask], when: "${{ jobs.ask.status == 'skipped' }}" }
              after: { run: [x], needs: { ask: finished } }
            """
        let plan = try plan(text, files: ["p.md": "Merge ${{ jobs.ask.results | sections }}"])
        let selection = try plan.selection(JobSelection.Choice(skip: ["ask"]))
        #expect(plan.jobs.map(\.name).filter(selection.contains) == ["other", "both", "told", "after"])
        #expect(selection.leftOut["quorum"] == .lacks("ask") && selection.leftOut["shipped"] == .lacks("quorum"))
    }

    @Test func `a job for failures can be skipped, and not be chosen`() throws {
        #expect(try meant(JobSelection.Choice(skip: ["help"])).contains("help") == false)
        let error = #expect(throws: TuttiError.self) { try meant(JobSelection.Choice(only: ["help"])) }
        #expect(error?.code == .usage && error?.hint == "name one of: a")
        let unknown = #expect(throws: TuttiError.self) { try meant(JobSelection.Choice(from: "alonee")) }
        #expect(unknown?.code == .notFound && unknown?.message.contains("did you mean \"alone\"?") == true)
    }
}
