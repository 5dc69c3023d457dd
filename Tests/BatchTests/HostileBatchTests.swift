import Glibc
import Model
import Settings
import TestSupport
import Testing

@testable import Batch

@Suite(.serialized) struct HostileBatchTests {
    @Test func `billion laughs are refused quickly`() throws {
        var text = "version: 1\nx-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            text += "x-\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        let start = processorTime()
        for use in ["", "jobs: { a: { prompt: x, matrix: { m: *a9 } } }\n", "jobs: *a9\n", "? *a9\n: 1\n"] {
            let problems = BatchFile.check(Array((text + use).utf8), path: "f").problems
            #expect(
                problems.first?.message.contains("more than 50000 values") == true
                    || !use.isEmpty && problems.count == 1)
        }
        #expect(processorTime() - start < .seconds(4))
    }

    /// In each entry `#` stands for its number and `+` for the next one.
    @Test(arguments: [
        ("jobs:\n", "  j#: { run: [x], needs: [j+] }\n", 1000),
        ("jobs:\n", "  j#: { prompt: \"${{ jobs.j+.text }}\", needs: [j+] }\n", 1000),
        ("jobs:\n", "  j#: { promt: x }\n", 3000), ("profiles:\n", "  p#: { extends: p+ }\n", 1000),
        ("jobs:\n", "  j#: { run: [x], on_failure: [j+], trigger: on_demand }\n", 1000),
        ("jobs:\n  a:\n    prompt: x\n    matrix:\n      include:\n", "        - { m: # }\n", 1000),
        ("inputs:\n", "  i#: { default: \"#\", enum: [\"#\"] }\n", 1000),
    ])
    func `thousands of entries take no more than their number`(_ start: String, _ entry: String, _ count: Int) {
        let entries = (0..<count).map { entry.replacing("#", with: "\($0)").replacing("+", with: "\($0 + 1)") }
        let begin = processorTime()
        _ = try? plan("version: 1\n" + start + entries.joined())
        #expect(processorTime() - begin < .seconds(4))
    }

    @Test func `a chain of a thousand jobs has as many waves`() throws {
        let entries = (0..<1000).map { "  j\($0): { run: [x]\($0 == 0 ? "" : ", needs: [j\($0 - 1)]") }\n" }
        let plan = try plan("version: 1\njobs:\n" + entries.joined())
        #expect(plan.waveCount == 1000)
    }

    @Test(arguments: ["${{", "${{ a }}", "[", "{a: ", "- ", "&a ", "*", "\"", "|", "$", "<<: "])
    func `any piece repeated ends quickly`(_ piece: String) {
        for start in [
            "version: 1\njobs: {a: {prompt: \"", "version: 1\njobs:\n  a:\n    prompt: |\n      ", "version: 1\nname: ",
        ] {
            let text = start + String(repeating: piece, count: 20_000 / piece.utf8.count)
            let begin = processorTime()
            _ = BatchFile.check(Array(text.utf8), path: "f")
            #expect(processorTime() - begin < .seconds(4))
        }
    }

    @Test func `random bytes never crash the reader`() {
        var generator = SplitMix64(seed: printedSeed())
        let pieces = [
            "version: 1\n", "jobs:\n", "  a:\n", "    prompt: x\n", "    matrix: { m: [a] }\n", "    needs: [a]\n",
            "${{ ", "inputs.x", " }}",
            "&a ", "*a", "[", "]", "{", "}", ": ", "- ", "\n", "  ", "'", "\"", "|\n", "#", "!", "<<", "x", "\t", "é",
            "\u{0}",
            "include", "exclude", "run", "when: ",
        ]
        for _ in 0..<1000 {
            let text = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            check(Array(text.joined().utf8))
        }
    }

    @Test func `a mutated sample is read, or refused with a place in it`() throws {
        var generator = SplitMix64(seed: printedSeed())
        let sample = try #require(contents(of: SampleTests.fixtures + "/audit.batch.yaml"))
        let lines = sample.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        var read = 0
        for _ in 0..<150 {
            var mutated = lines
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                let line = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: mutated.remove(at: line)
                case 1: mutated.insert(mutated[Int.random(in: 0..<mutated.count, using: &generator)], at: line)
                case 2 where !mutated[line].isEmpty:
                    mutated[line].remove(at: Int.random(in: 0..<mutated[line].count, using: &generator))
                case 3 where !mutated[line].isEmpty:
                    let place = Int.random(in: 0..<mutated[line].count, using: &generator)
                    mutated[line][place] = UInt8.random(in: 0...255, using: &generator)
                default: mutated.swapAt(line, Int.random(in: 0..<mutated.count, using: &generator))
                }
            }
            if check(Array(mutated.joined(separator: [0x0A]))) { read += 1 }
        }
        #expect(read > 0)
    }

    /// Reads and plans; true when the file was accepted.
    @discardableResult
    private func check(_ bytes: [UInt8]) -> Bool {
        let (file, problems) = BatchFile.examine(bytes, path: "f")
        let lines = bytes.count { $0 == 0x0A } + 2
        for problem in problems {
            #expect(problem.position.line >= 1 && problem.position.line <= lines && problem.position.column >= 1)
            #expect(!problem.message.isEmpty && !problem.hint.isEmpty)
        }
        guard let file else {
            #expect(!problems.isEmpty)
            return false
        }
        let inputs = try? file.inputValues(given: [("question", "x")])
        // What is wrong in it already must not hurt whoever looks for more.
        let (examined, _) = BatchPlan.examine(
            file, inputs: inputs ?? [:], folder: SampleTests.folder, displayFolder: "/b")
        let nowhere = BatchSurroundings(modules: [], modulesFile: nil, providers: [])
        for problem in examined.obstacles(leavingOut: file.jobs(with: problems), in: nowhere) {
            #expect(problem.position.line >= 1 && problem.position.line <= lines && !problem.hint.isEmpty)
        }
        guard problems.isEmpty else { return false }
        guard let inputs else { return true }
        if let plan = try? BatchPlan.make(file, inputs: inputs, folder: SampleTests.folder, displayFolder: "/b") {
            for job in plan.jobs {
                _ = try? plan.ready(job.name, row: job.rows == .single ? nil : 0, folder: SampleTests.folder)
            }
            #expect((try? BatchPlan(json: plan.json))?.json == plan.json)
        }
        return true
    }

    /// What this thread has used: other tests beside it do not count.
    private func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
