import Glibc
import Model
import Settings
import TestSupport
import Testing

@testable import Batch
@testable import Coordinator

@Suite struct BatchRunTests {
    /// A run of `text` as a coordinator takes it up, with the job `l` ended: its output `o` is `said`.
    private func run(_ text: String, said: String, in folder: TemporaryFolder) throws -> BatchRun {
        let file = try BatchFile.read(Array(text.utf8), path: "f")
        let plan = try BatchPlan.make(
            file, inputs: try file.inputValues(given: []), folder: try DiskFolder(folder.path),
            displayFolder: folder.path)
        let run = try #require(BatchRun(.object(plan.json), run: .random(), leftOut: []))
        run.ended(BatchPlace(.row, of: "l"), .completed, text: said, result: nil, failure: nil)
        _ = run.finishGroup(try #require(run.group("l")))
        return run
    }

    private static let text = """
        version: 1
        jobs:
          l: { run: [ls], outputs: { o: { from: stdout } } }
          a:
            needs: [l]
            matrix: { m: [1, 2, 3] }
            prompt: x
            output: { save: "out/${{ jobs.l.outputs.o }}.txt" }
          b: { needs: [l], prompt: x, output: { save: "./out//${{ jobs.l.outputs.o }}.txt" } }

        """

    @Test func `a file holds the answer of one row, and of no other`() throws {
        try withTemporaryFolder { folder in
            let run = try run(Self.text, said: "same", in: folder)
            let places = (0..<3).map { BatchPlace(.row, of: "a", row: $0) }
            let path = try #require(try run.ready(places[0]).settings.save)
            #expect(path == "out/same.txt")
            try run.save("one", to: path, by: places[0])
            // A further attempt of the same row.
            try run.save("two", to: path, by: places[0])
            for place in [places[1], BatchPlace(.row, of: "b")] {
                let other = try #require(try run.ready(place).settings.save)
                let error = #expect(throws: TuttiError.self) { try run.save("other", to: other, by: place) }
                #expect(error?.message.contains("that of a[m=1] is there") == true, "\(error?.message ?? "")")
            }
            try run.save("three", to: "out/other.txt", by: places[1])
            #expect(TestSupport.text(of: folder.file("out/same.txt")) == "two")
        }
    }

    @Test func `a link that was made since leads to the file that it leads to`() throws {
        try withTemporaryFolder { folder in
            let run = try run(Self.text, said: "same", in: folder)
            let places = (0..<3).map { BatchPlace(.row, of: "a", row: $0) }
            try run.save("one", to: "out/same.txt", by: places[0])
            #expect(symlink("out", folder.file("link")) == 0)
            #expect(throws: TuttiError.self) { try run.save("two", to: "link/same.txt", by: places[1]) }
            #expect(TestSupport.text(of: folder.file("out/same.txt")) == "one")
        }
    }

    @Test func `a path that is known late leads to no file that the batch needs`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder(".git")
            for name in ["check.sh", "expected.txt", "f", "tutti.yaml", "free.txt"] {
                _ = try folder.write("mine", to: name)
            }
            #expect(symlink(".git", folder.file("link")) == 0)
            let text = """
                version: 1
                jobs:
                  l: { run: [ls], outputs: { o: { from: stdout } } }
                  a:
                    needs: [l]
                    prompt: x
                    verify: [./check.sh, expected.txt]
                    output: { save: "out/${{ jobs.l.outputs.o }}" }

                """
            let run = try run(text, said: "x", in: folder)
            for path in ["check.sh", "expected.txt", "f", "tutti.yaml", "link/config"] {
                #expect(throws: TuttiError.self, "\(path)") {
                    try run.save("evil", to: path, by: BatchPlace(.row, of: "a"))
                }
            }
            for name in ["check.sh", "expected.txt", "f", "tutti.yaml"] {
                #expect(TestSupport.text(of: folder.file(name)) == "mine")
            }
            try run.save("free", to: "free.txt", by: BatchPlace(.row, of: "a"))
        }
    }

    @Test func `what nobody reads is not kept`() throws {
        try withTemporaryFolder { folder in
            let text = """
                version: 1
                jobs:
                  l: { run: [ls], outputs: { o: { from: stdout } } }
                  a: { needs: [l], prompt: x, matrix: { m: [1] }, output: { save: "out/${{ matrix.m }}" } }
                  b: { prompt: x, outputs: { o: { from: text } } }

                """
            let run = try run(text, said: "said", in: folder)
            let (a, b) = (BatchPlace(.row, of: "a", row: 0), BatchPlace(.row, of: "b"))
            #expect(
                run.isRead(a) && !run.isReadLater(a) && run.isReadLater(b) && run.isReadLater(BatchPlace(.row, of: "l"))
            )
            for place in [a, b] {
                run.ended(place, .completed, text: "long", result: ["r": 1], failure: nil)
                let row = run.finishGroup(try #require(run.group(place.job)))?.outcome.rows.first
                #expect(row?.text == "" && row?.result == nil)
                #expect(row?.outputs["o"] == (place == b ? "long" : nil))
            }
            let read = run.finishGroup(try #require(run.group("l")))?.outcome.rows.first
            #expect(read?.text == "said")
        }
    }

    @Test func `what an earlier coordinator saved is known again`() throws {
        try withTemporaryFolder { folder in
            let run = try run(Self.text, said: "same", in: folder)
            let places = (0..<3).map { BatchPlace(.row, of: "a", row: $0) }
            run.ended(places[0], .failed, text: nil, result: nil, failure: nil)
            run.ended(places[1], .completed, text: "x", result: nil, failure: nil)
            _ = try folder.makeFolder("out")
            #expect(throws: TuttiError.self) { try run.save("x", to: "out/same.txt", by: places[2]) }
            #expect(throws: TuttiError.self) { try run.save("x", to: "out/same.txt", by: places[0]) }
            try run.save("x", to: "out/same.txt", by: places[1])
        }
    }
}
