import Settings
import Testing

@testable import Batch

@Suite struct PromptFileTests {
    private func check(_ text: String) -> (file: BatchFile?, problems: [ConfigProblem]) {
        BatchFile.check(Array(text.utf8), path: "prompts/review.md")
    }

    @Test func `a prompt file is a batch of one job`() throws {
        let text =
            "---\ninputs: { lens: { default: auth } }\nmatrix: { m: [a, b] }\nmodel: sonnet\n---\nReview ${{ matrix.m }} for ${{ inputs.lens }}.\n"
        let file = try #require(check(text).file)
        #expect(file.name == "review" && file.jobs.map(\.name) == ["ask"])
        let plan = try BatchPlan.make(
            file, inputs: try file.inputValues(given: []), folder: MemoryFolder(), displayFolder: "/b")
        let job = try plan.ready("ask", row: 1, folder: MemoryFolder())
        #expect(question(job) == "Review b for auth.\n" && job.settings.model == "sonnet")
        #expect(try BatchPlan(json: plan.json).json == plan.json)
    }

    @Test func `without keys the whole file is the question`() throws {
        let file = try #require(check("Hello\n---\nthere").file)
        #expect(file.jobs.first?.settings["prompt"]?.text == "Hello\n---\nthere")
    }

    @Test(arguments: [
        ("---\nmodl: x\n---\nHi\n", "prompts/review.md:2:1: unknown key `modl` in `jobs.ask`, did you mean \"model\"?"),
        ("---\nmodel: x\n---\nHi\n  ${{ inputs.x }}\n", "prompts/review.md:5:14: `inputs` has no `x`"),
        ("---\nmodel: x\nHi\n", "prompts/review.md:1:1: the keys begin here and do not end"),
        ("---\n- a\n---\nHi\n", "the keys need a mapping, not a list"),
        ("---\nmodel: [\n---\nHi\n", "prompts/review.md:"),
    ])
    func `what is wrong in it has its place in it`(_ text: String, _ words: String) throws {
        let problem = try #require(check(text).problems.first)
        #expect("\(problem.position): \(problem.message)".contains(words), "\(problem.position): \(problem.message)")
    }
}
