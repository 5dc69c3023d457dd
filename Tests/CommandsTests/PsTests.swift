import Model
import Store
import Testing

@testable import Commands

/// What `ps` says of more jobs than it shows.
@Suite struct PsTests {
    /// A store with 130 jobs that wait, named `m001` and so on from the oldest, and 20 that are over.
    private func crowded() throws -> RecordedStore {
        let recorded = try RecordedStore()
        let store = try Store.open(
            recorded.folder + "/tutti.db", access: .readWrite, stateHome: recorded.folder + "/.local/state/tutti")
        defer { store.close() }
        try store.writeAndWait { writer in
            let time = Timestamp(milliseconds: 1_795_262_400_000)
            let run = Identifier.random()
            try writer.insert(RunDraft(id: run, state: .queued, createdAt: time))
            for number in 1...150 {
                let name = "m" + String(1000 + number).dropFirst()
                let job = Identifier.random()
                try writer.insert(
                    JobDraft(
                        id: job, run: run, position: number, module: String(name), state: .queued, createdAt: time))
                if number > 130 { try writer.setJob(job, .completed, at: time) }
            }
        }
        return recorded
    }

    @Test func `what is not shown is counted truly, and how to see it is said`() throws {
        let store = try crowded()
        #expect(try store.tutti("ps").output.contains("100 shown of 130; more: --limit 130"))
        #expect(try store.tutti("ps", "--limit", "130").output.contains("130 shown of 152; all: tutti ps -a"))
        let all = try store.tutti("ps", "-a")
        #expect(all.output.contains("100 shown of 152; more: --limit 152"))
        #expect(try !store.tutti("ps", "-a", "--limit", "152").output.contains(" shown of "))
        let json = try store.tutti("ps", "-a", "--json")
        #expect(JSONReader.value(json.output)?.array?.count == 100)
        #expect(json.errors == "note: 100 shown of 152; more: --limit 152\n")
        #expect(try store.tutti("ps", "module~m0", "--limit", "5").output.contains("5 shown of 99; more: --limit 99"))
        #expect(try store.tutti("ps", "module~nobody").output.contains("nothing is like that"))
        #expect(try store.tutti("ps", "-a", "-m", "nobody").output.contains("nothing is like that"))
    }

    @Test func `an order is an order of all jobs, not of the newest`() throws {
        let store = try crowded()
        let first = try store.tutti(
            "ps", "-a", "--run", "@last", "--sort", "module", "--limit", "2", "--format", "{{module}}")
        #expect(first.output == "m001\nm002\n")
        let last = try store.tutti("ps", "--sort", "-module", "--limit", "1", "--format", "{{module}}")
        #expect(last.output == "m130\n")
        let oldest = try store.tutti("ps", "--sort", "module", "--limit", "1", "--format", "{{module}}")
        #expect(oldest.output == "m001\n")
    }
}
