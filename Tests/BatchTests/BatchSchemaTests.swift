import Glibc
import Model
import Settings
import TestSupport
import Testing

@testable import Batch

@Suite struct BatchSchemaTests {
    static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    /// Compares a file with what it is made from, and writes it anew when `TUTTI_TEST_WRITE` is set.
    private func compare(_ path: String, from mark: String? = nil, with expected: String) throws {
        let place = Self.root + "/" + path
        let whole = try #require(text(of: place), "\(path) is missing")
        let head = mark.flatMap { whole.firstRange(of: $0).map { String(whole[..<$0.lowerBound]) } } ?? ""
        if environmentVariable("TUTTI_TEST_WRITE") != nil, whole != head + expected {
            let descriptor = open(place, O_WRONLY | O_TRUNC | O_CLOEXEC)
            defer { close(descriptor) }
            try writeAll(Array((head + expected).utf8), to: descriptor)
        } else {
            #expect(
                whole == head + expected,
                "write it again: TUTTI_TEST_WRITE=1 make test ARGS='--filter BatchSchemaTests'")
        }
    }

    @Test func `the schema in Config is the one that the reader's table gives`() throws {
        try compare("Config/batch.schema.json", with: BatchSchema.text)
    }

    @Test func `the tables of the reference are those that the reader's table gives`() throws {
        try compare("Documentation/Batch.md", from: BatchReference.mark, with: BatchReference.text)
    }

    @Test func `the example of the reference can be planned`() throws {
        let page = try #require(text(of: Self.root + "/Documentation/Batch.md"))
        let start = try #require(page.firstRange(of: "```yaml\n")).upperBound
        let end = try #require(page[start...].firstRange(of: "```")).lowerBound
        #expect(try plan(String(page[start..<end])).warnings.map(\.message) == [])
    }

    @Test func `every reference in the schema leads somewhere`() throws {
        let definitions = try #require(BatchSchema.document["$defs"]?.object)
        var found = 0
        func visit(_ value: JSONValue) {
            if let reference = value["$ref"]?.string {
                found += 1
                #expect(definitions[reference.replacing("#/$defs/", with: "")] != nil, "\(reference)")
            }
            for member in value.object?.members ?? [] { visit(member.value) }
            for element in value.array ?? [] { visit(element) }
        }
        visit(.object(BatchSchema.document))
        #expect(found > 50)
    }

    @Test func `every key of every section is in the schema with its sentence`() {
        let definitions = BatchSchema.document["$defs"]
        for section in BatchSchema.sections {
            for key in section.keys {
                let property = definitions?[section.name]?["properties"]?[key.name]
                #expect(property?["description"]?.string == key.summary, "\(section.name).\(key.name)")
                #expect(key.summary.hasSuffix(".") || key.summary.hasSuffix("`"), "\(section.name).\(key.name)")
            }
        }
    }
}
