import Model
import Settings
import TestSupport
import Testing

@testable import Batch

@Suite struct MatrixTests {
    private func keys(_ matrix: String, files: [String: String] = [:]) throws -> [String] {
        let text = "version: 1\njobs: { a: { prompt: \"${{ matrix | json }}\", matrix: \(matrix) } }\n"
        let plan = try plan(text, files: files)
        guard let job = plan.job("a") else { return [] }
        return plan.rows(of: job).map(\.key)
    }

    @Test(arguments: [
        ("{ m: [a, b], n: [1, 2] }", ["a[m=a,n=1]", "a[m=a,n=2]", "a[m=b,n=1]", "a[m=b,n=2]"]),
        ("{ m: [a, b], n: [1, 2], exclude: [{m: a, n: 2}, {m: b}] }", ["a[m=a,n=1]"]),
        ("{ m: [a], include: [{m: b}, {m: a, priority: 3}] }", ["a[m=a]", "a[m=b]"]),
        ("{ include: [{m: x, n: 1}, {n: 2, m: y}] }", ["a[m=x,n=1]", "a[m=y,n=2]"]),
        // Texts stay as they are written, and one axis has one kind of value.
        (
            "{ m: [1.9, 1.10, 007, 12:30, NO, 1e3] }",
            ["a[m=1.9]", "a[m=1.10]", "a[m=007]", "a[m=12:30]", "a[m=NO]", "a[m=1e3]"]
        ),
        ("{ m: [Sources/A/, Sources/B/] }", ["a[m=Sources/A]", "a[m=Sources/B]"]),
        ("{ m: [x/, x] }", ["a[m=x]", "a[m=x~2]"]),
        ("{ m: [{id: 7, v: 1}, {name: z}, [1]] }", ["a[m=7]", "a[m=z]", "a[m=\(SHA256.hex("[1]".utf8).prefix(12))]"]),
        ("{ m: { csv: d.csv } }", ["a[m=one]", "a[m=t,wo]"]),
        ("{ m: { csv: d.csv, field: n } }", ["a[m=1]", "a[m=2]"]),
        ("{ m: { csv: d.csv, field: n }, exclude: [{m: 2}] }", ["a[m=1]"]),
        ("{ m: { jsonl: d.jsonl } }", ["a[m=1]", "a[m=x]"]),
        ("{ m: { files: \"src/*\" } }", ["a[m=src/b.swift]"]),
        ("{ m: { glob: \"src/*\" } }", ["a[m=src/a]", "a[m=src/b.swift]"]),
        ("{ m: { glob: \"src/*/\" } }", ["a[m=src/a]"]),
    ])
    func `a matrix has the rows that its axes give`(_ matrix: String, _ expected: [String]) throws {
        let files = [
            "d.csv": "name,n\r\none,1\r\n\"t,wo\",2\r\n", "d.jsonl": "{\"id\": 1}\n\n\"x\"\n", "src/a/x.swift": "",
            "src/b.swift": "",
        ]
        #expect(try keys(matrix, files: files) == expected)
    }

    @Test func `nothing is made of more than may be rows`() throws {
        let many = String(repeating: "1\n", count: 10_001)
        #expect(try MatrixData.printed("a\n\n[1]\r\n{x\n") == ["a", [1], "{x"])
        #expect(try MatrixData.printed(String(many.dropFirst(2))).count == 10_000)
        #expect(throws: OutputError.self) { try MatrixData.printed(many) }
        let begin = TestTime.processorTime()
        let huge = String(repeating: "1\n", count: 20_000_000)
        #expect(throws: OutputError.self) { try MatrixData.printed(huge) }
        for type in ["lines", "text", "json"] {
            let declared = try read(
                "version: 1\njobs: { l: { run: [ls], outputs: { o: { from: stdout, type: \(type) } } } }\n")
            let output = try #require(declared.job("l")?.outputs.first)
            let error = #expect(throws: OutputError.self) { try output.value(of: huge) }
            #expect(error?.message.contains("16777216 are allowed") == true)
            if type == "lines" {
                #expect(throws: OutputError.self) { try output.value(of: String(repeating: "1\n", count: 1_000_001)) }
                #expect(try output.value(of: many).array?.count == 10_001)
            }
        }
        let plan = try plan(
            """
            version: 1
            jobs:
              l: { run: [ls] }
              a: { needs: [l], prompt: x, matrix: { m: "${{ jobs.l.text | lines }}" } }

            """)
        var made = plan
        let error = tuttiError {
            try made.expand("a", outcomes: ["l": success("l", text: huge)], folder: MemoryFolder())
        }
        #expect(error?.message.contains("16777216 are allowed") == true, "\(error?.message ?? "")")
        #expect(TestTime.processorTime() - begin < .seconds(4))
    }

    @Test func `the name of a file is no option`() throws {
        let files = ["--eval=$(shell touch x).txt": "", "-n/a": "", "b.txt": ""]
        #expect(
            try keys("{ m: { files: \"*.txt\" } }", files: files) == [
                "a[m=./--eval=$(shell touch x).txt]", "a[m=b.txt]",
            ])
        #expect(try keys("{ m: { glob: \"*/\" } }", files: files) == ["a[m=./-n]"])
    }

    @Test(arguments: [
        ("{ m: { csv: none.csv } }", "f:2:66: cannot read none.csv: No such file or directory"),
        ("{ m: { csv: bad.csv } }", "bad.csv:3:1: 1 values below 2 columns"),
        ("{ m: { csv: open.csv } }", "open.csv:2:1: a quoted value begins here and does not end"),
        ("{ m: { csv: twice.csv } }", "twice.csv:1:1: two columns are called \"a\""),
        ("{ m: { csv: good.csv, field: nmae } }", "value 1 of good.csv has no `nmae`, did you mean \"name\"?"),
        ("{ m: { jsonl: bad.csv } }", "bad.csv:1:1: this line is no JSON"),
    ])
    func `data that cannot be rows is refused with its place`(_ matrix: String, _ words: String) throws {
        let files = [
            "bad.csv": "a,b\n1,2\n3\n", "open.csv": "a\n\"x\ny\n", "twice.csv": "a,a\n1,2\n", "good.csv": "name\nx\n",
        ]
        let error = try #require(tuttiError { _ = try keys(matrix, files: files) })
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test func `ten million rows are refused by arithmetic`() throws {
        let axis = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
        let axes = (0..<7).map { "a\($0): \(axis)" }.joined(separator: ", ")
        let text = "version: 1\njobs: { a: { prompt: x, matrix: { \(axes) } } }\n"
        let problems = BatchFile.check(Array(text.utf8), path: "f").problems
        #expect(problems.map(\.position.description) == ["f:2:33"])
        #expect(problems.first?.message == "`jobs.a.matrix` has 10000000 rows; 10000 are allowed")
        let data = (0..<3).map { _ in (0..<300).map { "\($0)\n" }.joined() }
        let error = try #require(
            tuttiError {
                _ = try keys(
                    "{ a: {jsonl: a}, b: {jsonl: b}, c: {jsonl: c} }",
                    files: ["a": data[0], "b": data[1], "c": data[2]])
            })
        #expect(error.message.contains("the matrix has 300 × 300 × 300 rows; 10000 are allowed"), "\(error.message)")
    }

    @Test func `more rows than can be counted are refused as well`() throws {
        let axes = (0..<40).map { "a\($0): [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" }.joined(separator: ", ")
        let text = "version: 1\njobs: { a: { prompt: x, matrix: { \(axes) } } }\n"
        #expect(
            BatchFile.check(Array(text.utf8), path: "f").problems.first?.message.contains("than can be counted") == true
        )
    }

    @Test func `ten thousand rows are made, each with its own key and address`() throws {
        let plan = try plan(
            "version: 1\njobs: { z: { run: [x] }, a: { prompt: x, matrix: { m: {jsonl: d}, n: {jsonl: d} } } }\n",
            files: ["d": (0..<100).map { "\($0)\n" }.joined()])
        let rows = plan.rows(of: try #require(plan.job("a")))
        #expect(rows.count == 10_000)
        #expect(Set(rows.map(\.key)).count == 10_000)
        for index in stride(from: 0, to: 10_000, by: 20) {
            #expect(try plan.ready("a", row: index, folder: MemoryFolder()).key == rows[index].key)
        }
        #expect(rows[101].key == "a[m=1,n=1]" && rows[101].address == "2_102")
    }

    @Test func `a row that stands twice runs once, and an exclusion without effect is noticed`() throws {
        let plan = try plan(
            "version: 1\njobs: { a: { prompt: x, matrix: { m: [b, b], exclude: [{m: c}] } } }\n")
        #expect(plan.rows(of: try #require(plan.job("a"))).count == 1)
        #expect(
            plan.warnings.map(\.message) == [
                "the row m=b stands in the matrix twice", "this entry of `exclude` leaves out no row",
            ])
    }

    @Test(arguments: [
        ("*", "abc", true), ("*", ".abc", false), (".*", ".abc", true), ("a*c", "abc", true), ("a*c", "abd", false),
        ("?b?", "abc", true),
        ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[!a-c]x", "dx", true), ("a[", "a[", true),
        ("*a*b*c", "xaybzc", true),
        ("*.swift", "a.swift", true), ("é*", "éa", true), ("", "", true), ("[]]", "]", true),
    ])
    func `a pattern fits names`(_ pattern: String, _ name: String, _ fits: Bool) {
        #expect(GlobPattern.fits(pattern, name) == fits)
    }

    @Test func `a pattern of many stars takes no exponential time`() {
        #expect(!GlobPattern.fits(String(repeating: "a*", count: 200) + "b", String(repeating: "a", count: 2000)))
    }

    @Test func `the folder on disk is walked, and nothing outside of it is read`() throws {
        try withTemporaryFolder { folder in
            for name in ["b", "b/src", "b/src/deep", "b/.hidden", "outside"] { _ = try folder.makeFolder(name) }
            for name in ["b/x.md", "b/src/a.swift", "b/src/deep/c.swift", "b/.hidden/h.swift", "outside/secret"] {
                _ = try folder.write("text", to: name)
            }
            try link(folder.file("outside"), folder.file("b/out"))
            try link(folder.file("outside/secret"), folder.file("b/file"))
            try link("x.md", folder.file("b/inner"))
            try link(folder.file("nowhere"), folder.file("b/dangling"))
            let disk = try DiskFolder(folder.file("b"))
            func match(_ pattern: String) throws -> [String] { try disk.match(GlobPattern(pattern), limit: 100) }
            #expect(try match("src/*") == ["src/a.swift", "src/deep/"])
            #expect(try match("src/*/") == ["src/deep/"])
            #expect(try match("**/*.swift") == ["src/a.swift", "src/deep/c.swift"])
            #expect(try match("src/**") == ["src/a.swift", "src/deep/", "src/deep/c.swift"])
            #expect(try match("src/a.swift") == ["src/a.swift"])
            #expect(try match("out/*") == [])
            #expect(throws: BatchFolderError.self) { try disk.match(GlobPattern("**"), limit: 2) }
            #expect(try disk.read("inner", limit: 10) == Array("text".utf8))
            for path in ["file", "out/secret", "../outside/secret", "src", "none"] {
                #expect(throws: BatchFolderError.self, "\(path)") { try disk.read(path, limit: 10) }
            }
            #expect(throws: BatchFolderError.self) { try disk.read("x.md", limit: 3) }
            for path in ["out/new", "file", "dangling", "out"] {
                #expect(throws: BatchFolderError.self, "\(path)") { try disk.checkInside(path) }
            }
            try disk.checkInside("new/deep/file.md")
            try disk.checkInside("src/a.swift")
            try disk.save(Array("new".utf8), to: "made/deep/file.md")
            try disk.save(Array("newer".utf8), to: "made/deep/file.md")
            #expect(text(of: folder.file("b/made/deep/file.md")) == "newer")
            // A link in place of the file is replaced; one on the way to it is refused.
            try disk.save(Array("mine".utf8), to: "file")
            #expect(text(of: folder.file("b/file")) == "mine" && text(of: folder.file("outside/secret")) == "text")
            for path in ["out/new", "out/deep/new", "../new", "x.md/new", "src"] {
                #expect(throws: BatchFolderError.self, "\(path)") { try disk.save([1], to: path) }
            }
            #expect(namesInFolder(folder.file("outside")) == ["secret"])
            #expect(namesInFolder(folder.file("b")).filter { $0.hasPrefix(".tutti") } == [])
        }
    }

    @Test func `the digest of a file is that of its bytes, and of what they became`() throws {
        try withTemporaryFolder { folder in
            let disk = try DiskFolder(folder.path)
            for text in ["one", "two", ""] {
                _ = try folder.write(text, to: "x")
                for _ in 0..<2 { #expect(try disk.digest("x", limit: 10) == SHA256.hex(text.utf8)) }
            }
            #expect(throws: BatchFolderError.self) { try disk.digest("y", limit: 10) }
            _ = try folder.write("too long", to: "x")
            #expect(throws: BatchFolderError.self) { try disk.digest("x", limit: 3) }
        }
    }
}
