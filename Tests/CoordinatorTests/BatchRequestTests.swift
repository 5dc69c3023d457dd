import Model
import Settings
import TestSupport
import Testing

@testable import Batch
@testable import Coordinator

@Suite struct BatchRequestTests {
    private func plan(_ text: String, _ folder: TemporaryFolder) throws -> BatchPlan {
        let file = try BatchFile.read(Array(text.utf8), path: "f")
        return try BatchPlan.make(
            file, inputs: try file.inputValues(given: []), folder: try DiskFolder(folder.path),
            displayFolder: folder.path)
    }

    /// What stands in the job `a`, and what the refusal names.
    @Test(arguments: [
        ("prompt: x, tools: { deny: [Bash] }", "tools"), ("prompt: x, mcp: servers.json", "mcp"),
        ("prompt: x, approvals: allow", "approvals: allow"), ("prompt: x, approvals: ask", "approvals: ask"),
        ("prompt: x, workspace: { kind: worktree }", "workspace: worktree"),
        ("prompt: x, env: { secrets: { K: { file: k } } }", "env.secrets"),
        ("prompt: x, profile: p", "approvals: allow"),
        // A job whose rows are known late.
        ("prompt: x, approvals: allow, matrix: { m: { command: [ls] } }", "approvals: allow"),
        ("prompt: x, profile: p, needs: [l], matrix: { m: '${{ jobs.l.outputs.o }}' }", "approvals: allow"),
        // Rows.
        ("prompt: x, matrix: { n: [1], include: [{ n: 2, tools: { deny: [Bash] } }] }", "tools"),
        ("prompt: x, matrix: { n: [1], include: [{ n: 2, workspace: { kind: worktree } }] }", "workspace: worktree"),
        ("prompt: x, matrix: { n: [1], include: [{ n: 2, approvals: ask }] }", "approvals: ask"),
        ("prompt: x, matrix: { n: { command: [ls] }, include: [{ n: 2, mcp: x }] }", "mcp"),
        // Templates.
        ("prompt: x, approvals: '${{ matrix.n }}', matrix: { n: [deny, ask] }", "approvals: ask"),
        ("prompt: x, workspace: { kind: '${{ inputs.k }}' }", "workspace: worktree"),
        ("prompt: x, needs: [l], approvals: '${{ jobs.l.outputs.o }}'", "approvals, which is known later"),
        (
            "prompt: x, approvals: '${{ matrix.n }}', matrix: { n: { command: [ls] } }",
            "approvals, which is known later"
        ),
    ])
    func `what a run cannot give is refused wherever it is said`(_ job: String, _ what: String) throws {
        try withTemporaryFolder { folder in
            let text = """
                version: 1
                inputs: { k: { default: worktree } }
                profiles: { p: { approvals: allow } }
                jobs:
                  l: { run: [ls], outputs: { o: { from: stdout, type: json } } }
                  a: { \(job) }

                """
            let plan = try plan(text, folder)
            let error = #expect(throws: TuttiError.self) { try plan.checkRunnable(leavingOut: []) }
            #expect(error?.code == .badConfiguration)
            #expect(
                error?.message.hasPrefix("f:6:") == true || error?.message.hasPrefix("f:3:") == true,
                "\(error?.message ?? "")")
            #expect(error?.message.contains("asks for `\(what)`") == true, "\(error?.message ?? "")")
            #expect(throws: Never.self) { try plan.checkRunnable(leavingOut: ["a"]) }
        }
    }

    @Test func `what a run gives anyway may be said`() throws {
        try withTemporaryFolder { folder in
            let plan = try plan(
                """
                version: 1
                jobs:
                  a:
                    prompt: x
                    approvals: ${{ matrix.n }}
                    mcp: none
                    workspace: { kind: folder }
                    matrix: { n: [deny], include: [{ n: deny, approvals: deny, priority: 2 }] }

                """, folder)
            #expect(throws: Never.self) { try plan.checkRunnable(leavingOut: []) }
        }
    }

    @Test func `a pool that watches the memory is refused`() throws {
        try withTemporaryFolder { folder in
            let plan = try plan(
                "version: 1\npools: { p: { max: 1, memory_floor: 1GiB } }\njobs: { a: { run: [x] } }\n", folder)
            #expect(throws: TuttiError.self) { try plan.checkRunnable(leavingOut: []) }
        }
    }
}
