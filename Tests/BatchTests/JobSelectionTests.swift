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
        // `c` needs only the end of `b`, and for `d` a condition decides.
        #expect(try meant(JobSelection.Choice(skip: ["b"])) == ["a", "c", "d", "alone", "help"])
        let selection = try plan(Self.text).selection(JobSelection.Choice(skip: ["b"]))
        #expect(selection.leftOut["e"] == .lacks("b") && selection.leftOut["f"] == .lacks("e"))
        #expect(selection.leftOut["other"] == .uncalled)
    }

    @Test func `a job for failures can be skipped, and not be chosen`() throws {
        #expect(try meant(JobSelection.Choice(skip: ["help"])).contains("help") == false)
        let error = #expect(throws: TuttiError.self) { try meant(JobSelection.Choice(only: ["help"])) }
        #expect(error?.code == .usage && error?.hint == "name one of: a")
        let unknown = #expect(throws: TuttiError.self) { try meant(JobSelection.Choice(from: "alonee")) }
        #expect(unknown?.code == .notFound && unknown?.message.contains("did you mean \"alone\"?") == true)
    }
}
