import Model
import Testing

@testable import Commands

/// Words of closed lists, fields and forms: a wrong one is refused with a suggestion, also where there is nothing to show.
@Suite struct VocabularyTests {
    @Test(arguments: [
        (["ps", "--state", "complted"], "did you mean completed"), (["ps", "--state=running,bogus"], "one of: queued"),
        (["search", "x", "--state", "fialed"], "did you mean failed"), (["search", "x", "--role", "usr"], "user"),
        (["search", "x", "--limit", "0"], "from 1 on"), (["search", "x", "--context=-1"], "0 to 1000"),
        (["ps", "--sort", "modulee"], "did you mean module"), (["ps", "--columns", "id,stat"], "did you mean state"),
        (["ps", "stat=running"], "did you mean state"), (["ps", "--limit", "0"], "from 1 on"),
        (["ps", "--format", "{{bogus}}"], "the fields: id"), (["ps", "--format", "cvs"], "did you mean csv"),
        (["ps", "--format", "json"], "--json"), (["ps", "--json=modulee"], "did you mean module"),
        (["usage", "--json=totl"], "did you mean total"), (["usage", "--by", "mdule"], "did you mean module"),
        (["events", "--json=txt"], "did you mean text"), (["events", "--type", "text.detla"], "text.delta"),
        (["events", "--format", "{{txt}}"], "did you mean text"), (["logs", "--json=sq"], "the fields: v, seq"),
        (["wait", "@last", "--for", "runing"], "did you mean running"), (["diff", "@last", "--by", "modul"], "module"),
        (["replay", "@last", "--tools", "ful"], "did you mean full"), (["logs", "-n", "0"], "from 1 on"),
        (["schema", "run.finishd"], "did you mean run.finished"), (["help", "ps", "--schema", "x"], "json"),
    ])
    func `a word that is not known is refused`(words: [String], says: String) throws {
        let store = try RecordedStore()
        for more in [[:], ["TUTTI_DB": store.folder + "/other.db"]] {
            let result = try store.tutti(words, environment: more)
            // Without a store, what names something in it says that instead.
            if !more.isEmpty, result.status == 66 { continue }
            #expect(result.status == 64, "\(words): \(result.output)")
            #expect(result.errors.contains(says), "\(result.errors)")
        }
    }

    @Test func `a variable with a wrong word is told`() throws {
        let store = try RecordedStore()
        let result = try store.tutti("ps", environment: ["TUTTI_PROGRESS": "plian"])
        #expect(result.status == 78)
        #expect(result.errors.contains("did you mean plain"))
        #expect(try store.tutti("ps", environment: ["TUTTI_COLOR": "blue"]).status == 78)
    }

    @Test func `the fields that a list promises are those of its rows`() throws {
        let store = try RecordedStore()
        for (words, fields) in [
            (["ps", "-a"], WorkRow.fields), (["search", "answer"], SearchPage.fields),
        ] {
            let rows = JSONReader.value(try store.tutti(words + ["--json"], environment: [:]).output)?.array
            #expect(rows?.first?.object?.members.map(\.key) == fields, "\(words)")
        }
    }

    @Test func `every state that a row can show can be asked for`() throws {
        let store = try RecordedStore()
        for state in WorkRow.states { #expect(try store.tutti("ps", "--state", state).status == 0, "\(state)") }
        #expect(try store.tutti("ps", "--state", "failed", "-q").output == store.failed.text + "\n")
        #expect(try store.tutti("ps", "-a", "--columns", "module,state").output.hasPrefix("MODULE  STATE\n"))
    }

    @Test func `events come in every form`() throws {
        let store = try RecordedStore()
        let whole = try store.tutti("events").output.split(separator: "\n").count
        #expect(try store.tutti("events", "--json=seq,type").output.hasPrefix(#"{"seq":1,"type":"run.started"}"#))
        #expect(try store.tutti("events", "--format", "{{seq}} {{type}}").output.hasPrefix("1 run.started\n"))
        #expect(try store.tutti("events", "-q").output.hasPrefix("1\n2\n"))
        let csv = try store.tutti("events", "--format", "csv").output
        #expect(csv.hasPrefix("seq,ts,type,run,session,module,text\n"))
        for form in ["--plain", "-q", "--json=seq"] {
            #expect(try store.tutti("events", form).output.split(separator: "\n").count == whole)
        }
        #expect(try store.tutti("logs", "@last", "--json=type").output.contains(#"{"type":"text.block"}"#))
        #expect(try store.tutti("events", "--json=?").output == EventCatalog.fieldNames.joined(separator: "\n") + "\n")
    }

    @Test func `cancelling what is over says since when`() throws {
        let store = try RecordedStore()
        let result = try store.tutti("cancel", "@last", store.failed.text)
        #expect(result.status == 0)
        #expect(result.output.contains("was over already, ✗ failed"))
        let records = JSONReader.value(try store.tutti("cancel", "@last", "--json").output)?.array
        #expect(records?.first?["cancelled"] == false)
        #expect(records?.first?["standing"] == "over")
        #expect(records?.first?["since"]?.string?.hasSuffix("Z") == true)
    }
}
