import Model
import Testing

@testable import Commands

@Suite struct ListingTests {
    private let records: [JSONObject] = [
        [
            "id": "A1", "state": "running", "module": "payments", "cost_micros": 31_000, "age_ms": 58_000,
            "usage": ["total": 7],
        ],
        [
            "id": "B2", "state": "failed", "module": "web, \"old\"", "cost_micros": .null, "age_ms": 700_000,
            "usage": ["total": 9],
        ],
    ]

    @Test func `templates fill in fields, and refuse names that do not exist`() throws {
        let template = try Template("{{id}}\\t{{ usage.total }}|{{cost_micros}}")
        #expect(try template.fill(records[0], Surface()) == "A1\t7|31000")
        #expect(try template.fill(records[1], Surface()) == "B2\t9|")
        #expect(throws: TuttiError.self) { try Template("{{stat}}").fill(records[0], Surface()) }
        #expect(throws: TuttiError.self) { try Template("{{id") }
    }

    @Test func `a template shows control characters instead of sending them`() throws {
        #expect(try Template("{{x}}").fill(["x": "a\u{1B}[2J"], Surface()) == "a␛[2J")
    }

    @Test(arguments: [
        (["state=running"], ["A1"]), (["module~WEB"], ["B2"]), (["cost_micros>1000"], ["A1"]), (["age>2m"], ["B2"]),
        (["age<=58s"], ["A1"]), (["state!=failed"], ["A1"]), (["pay"], ["A1"]), ([], ["A1", "B2"]),
        (["state=running", "age>2m"], []), (["state=running age>1s"], ["A1"]),
    ])
    func `queries narrow by fields`(words: [String], ids: [String]) throws {
        let query = try RowQuery(words)
        #expect(try records.filter { try query.matches($0) }.compactMap { $0["id"]?.string } == ids)
    }

    @Test func `a query with an unknown field says which there are`() throws {
        let query = try RowQuery(["stat=running"])
        let error = #expect(throws: TuttiError.self) { try query.matches(records[0]) }
        #expect(error?.hint.contains("did you mean state") == true)
    }

    @Test func `csv quotes what needs it, and disarms formulas`() {
        #expect(CellForm.csv("plain") == "plain")
        #expect(CellForm.csv("web, \"old\"") == "\"web, \"\"old\"\"\"")
        #expect(CellForm.csv("=cmd()") == "'=cmd()")
        #expect(CellForm.csv("-12.5") == "-12.5")
        // What readers see are scalars, whatever they combine with.
        #expect(CellForm.csv("a,\u{301}b") == "\"a,\u{301}b\"")
        #expect(Array(CellForm.csv("a\"\u{301},b").unicodeScalars) == Array("\"a\"\"\u{301},b\"".unicodeScalars))
        #expect(Array(CellForm.csv("=\u{301}cmd()").unicodeScalars) == Array("'=\u{301}cmd()".unicodeScalars))
        #expect(CellForm.csv("a\r\nb") == "\"a\r\nb\"")
        let row = CellForm.md.line(["a|\u{301}b"], Surface())
        #expect(Array(row.unicodeScalars) == Array("| a\\|\u{301}b |".unicodeScalars))
    }

    @Test func `moments are spans before now, days, or dates`() throws {
        let now = Timestamp(milliseconds: 1_795_262_400_000)
        #expect(try Spans.moment("1h30m", now: now).milliseconds == now.milliseconds - 5_400_000)
        #expect(try Spans.moment("2026-11-21", now: now).iso8601 == "2026-11-21T00:00:00.000Z")
        #expect(try Spans.moment("2026-11-21T12:05", now: now).iso8601 == "2026-11-21T12:05:00.000Z")
        #expect(try Spans.moment("2024-02-29", now: now).iso8601 == "2024-02-29T00:00:00.000Z")
        #expect(try Spans.moment("2026-11-21T12:05:07.9Z", now: now).iso8601 == "2026-11-21T12:05:07.000Z")
        for wrong in [
            "2026-11-21Tnan", "2026-11-21T1e300", "2026-11-21Tinf", "2026-11-21T12:-5", "2026-11-21T24:00",
            "2026-11-21T12:60", "2026-11-21T12:00:61", "2026-11-21T1.5", "2026-11-21T9223372036854775807",
            "2026-11-21T:",
        ] {
            #expect(throws: TuttiError.self, "\(wrong)") { try Spans.moment(wrong, now: now) }
        }
        for wrong in ["yesterday", "2026-13-01", "12", "", "2026-11-21T"] where wrong != "2026-11-21T" {
            #expect(throws: TuttiError.self) { try Spans.moment(wrong, now: now) }
        }
    }

    @Test func `errors have a way out, on the terminal and as JSON`() {
        let error = TuttiError(.notFound, "There is no run ABC.", hint: "see: tutti ps -a")
        #expect(ErrorText.lines(error, on: Surface()) == ["tutti: There is no run ABC.", "  see: tutti ps -a"])
        #expect(
            ErrorText.json(error).text
                == #"{"error":{"code":"not_found","exit":66,"message":"There is no run ABC.","hint":"see: tutti ps -a"}}"#
        )
    }
}
