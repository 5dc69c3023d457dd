import Foundation
import Model
import Scheduler
import Settings
import Store
import TestSupport
import Testing

@testable import Coordinator

/// Schedules with a real store, coordinators and children, and a time of the test's own.
@Suite(.serialized) struct ScheduleKeeperTests {
    /// A batch of one command, its schedule, and what a keeper told.
    private struct Bench {
        let workshop: Workshop
        let store: Store
        let id: Identifier
        /// The schedule has dealt with everything up to here.
        let start: Timestamp

        var row: ScheduleRow { get throws { try store.read { try $0.schedule(named: "nightly") } } }
        var runs: [RunRow] { get throws { try store.read { try $0.runs() } } }

        func minutes(_ count: Double) -> Timestamp {
            Timestamp(milliseconds: start.milliseconds + Int64(count * 60_000))
        }

        func coordinator() throws -> Coordinator {
            try Coordinator(store: store, surroundings: workshop.surroundings())
        }

        func finish(_ coordinator: Coordinator) throws {
            guard try coordinator.wait(seconds: Double(TestTime.stretched(.seconds(20)).components.seconds)) else {
                coordinator.kill()
                throw Workshop.Timeout()
            }
        }
    }

    /// What a keeper told, in a word each.
    private final class Told {
        var words: [String] = []

        func take(_ news: ServingNews) {
            switch news {
            case .fired(_, let occurrence, _, let replaces):
                words.append("fired \(occurrence.iso8601)\(replaces ? " !" : "")")
            case .waits(_, let occurrence): words.append("waits \(occurrence.iso8601)")
            case .missed(_, let count): words.append("missed \(count)")
            case .overlapped(_, let count): words.append("overlapped \(count)")
            case .trouble(_, let error): words.append("trouble \(error.code.rawValue)")
            default: words.append("\(news)")
            }
        }
    }

    private func with(
        _ command: String = "echo $0", overlap: Schedule.Overlap = .skip, catchUp: Schedule.CatchUp = .latest,
        _ body: @escaping @Sendable (Bench) throws -> Void
    ) async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder)
                let batch = """
                    version: 1
                    inputs: { word: { default: none } }
                    jobs:
                      say: { run: [sh, -c, '\(command)', "${{ inputs.word }}"] }
                    """
                let file = try folder.write(batch, to: "project/nightly.batch.yaml")
                // A whole minute, in a year in which nothing else of the test lies.
                let start = Timestamp(milliseconds: 1_900_000_020_000 / 60_000 * 60_000)
                let store = try workshop.store()
                defer { store.close() }
                let draft = ScheduleDraft(
                    name: "nightly", file: file, directory: folder.file("project"), origin: .file, cron: "* * * * *",
                    timeZone: "UTC", overlap: overlap.rawValue, catchUp: catchUp.rawValue,
                    inputs: ["word": .string("hello")], trusted: [file: SHA256.hex(batch.utf8)], createdAt: start)
                let id = try store.writeAndWait { try $0.put(draft) }
                try body(Bench(workshop: workshop, store: store, id: id, start: start))
            }
        }
    }

    private func keeper(_ coordinator: Coordinator, _ bench: Bench, _ told: Told) -> ScheduleKeeper {
        ScheduleKeeper(coordinator, bench.workshop.surroundings()) { told.take($0) }
    }

    @Test func `what is due becomes one run, with its inputs, however often it is looked at`() async throws {
        try await with { bench in
            let told = Told()
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            var keeper = keeper(coordinator, bench, told)
            try keeper.look(at: bench.minutes(0.9))
            #expect(try bench.runs.isEmpty)
            #expect(keeper.next?.at == bench.minutes(1))
            for _ in 0..<5 { try keeper.look(at: bench.minutes(1)) }
            try bench.finish(coordinator)
            #expect(told.words == ["fired \(bench.minutes(1).iso8601)"])
            let run = try #require(try bench.runs.first)
            #expect(try bench.runs.count == 1)
            #expect(run.state == .completed && run.name == "nightly")
            #expect(run.key == "schedule:\(bench.id.text):\(bench.minutes(1).iso8601)")
            let messages = try bench.workshop.detail(run.id, in: bench.store).messages
            #expect(messages.last?.content == "hello")
            let row = try bench.row
            #expect(row.run == run.id && row.fired == bench.minutes(1) && row.runState == .completed)
            #expect(row.place == SchedulePlace(last: bench.minutes(1)))
        }
    }

    @Test func `of several coordinators that look at once, one begins the run`() async throws {
        try await with { bench in
            let coordinators = try (0..<3).map { _ in try bench.coordinator() }
            defer { for coordinator in coordinators { coordinator.close() } }
            let told = coordinators.map { _ in Told() }
            for minute in 1...5 {
                // Each has read the row before any of them writes.
                let row = try bench.row
                let schedule = try Schedule(row.draft)
                let now = bench.minutes(Double(minute))
                let decision = schedule.decide(at: now, .init(row.place)) { false }
                let tickets = try coordinators.map { coordinator in
                    let batch = try ScheduledBatch(row.draft, environment: bench.workshop.environment)
                    let prepared = try batch.prepare(.occurrence(try #require(decision.start)), at: now)
                    return try coordinator.fire(prepared, of: row, decision)
                }
                #expect(tickets.compactMap { $0 }.count == 1)
            }
            for (coordinator, told) in zip(coordinators, told) {
                var keeper = keeper(coordinator, bench, told)
                try keeper.look(at: bench.minutes(5))
                try bench.finish(coordinator)
            }
            #expect(told.flatMap(\.words).isEmpty)
            #expect(try bench.runs.count == 5)
        }
    }

    @Test func `an occurrence whose run is there already is not run again, whatever the schedule's row says`()
        async throws
    {
        try await with { bench in
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            let told = Told()
            var keeper = keeper(coordinator, bench, told)
            try keeper.look(at: bench.minutes(1))
            try bench.finish(coordinator)
            // As after a copy of the store was put back, or by the hand of a person.
            try alter(bench.store, "update schedules set last = last - 60000")
            try keeper.look(at: bench.minutes(1))
            #expect(try bench.runs.count == 1)
            #expect(try bench.row.place.last == bench.minutes(1))
            #expect(try bench.row.trouble?.contains("has had its run already") == true)
        }
    }

    @Test func `a file that changed does not run, says why, and the next one is asked again`() async throws {
        try await with { bench in
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            let told = Told()
            var keeper = keeper(coordinator, bench, told)
            let file = try bench.row.draft.file
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try bench.workshop.folder.write(text + "# changed\n", to: "project/nightly.batch.yaml")
            for _ in 0..<3 { try keeper.look(at: bench.minutes(1)) }
            #expect(told.words == ["trouble 77"])
            #expect(try bench.runs.isEmpty)
            #expect(try bench.row.trouble?.contains("nightly.batch.yaml is not as it was") == true)
            #expect(try bench.row.place.last == bench.minutes(1))
            try bench.workshop.folder.write(text, to: "project/nightly.batch.yaml")
            try keeper.look(at: bench.minutes(2))
            try bench.finish(coordinator)
            #expect(told.words.last == "fired \(bench.minutes(2).iso8601)")
            #expect(try bench.row.trouble == nil)
        }
    }

    @Test func `settings that are not trusted keep it from running, and so does a file that is gone`() async throws {
        try await with { bench in
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            let told = Told()
            var surroundings = bench.workshop.surroundings()
            surroundings.mayRun = { _ in throw TuttiError(.notAllowed, "tutti.yaml is not trusted", hint: "trust it") }
            var keeper = ScheduleKeeper(coordinator, surroundings) { told.take($0) }
            try keeper.look(at: bench.minutes(1))
            #expect(try bench.row.trouble == "tutti.yaml is not trusted\ntrust it")
            unlink(try bench.row.draft.file)
            try keeper.look(at: bench.minutes(2))
            #expect(told.words == ["trouble 77", "trouble 66"])
            #expect(try bench.runs.isEmpty)
        }
    }

    @Test func `a run that goes on is replaced: told to end in the transaction that begins the next`() async throws {
        try await with("sleep 1000", overlap: .replace) { bench in
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            let told = Told()
            var keeper = keeper(coordinator, bench, told)
            try keeper.look(at: bench.minutes(1))
            try keeper.look(at: bench.minutes(2))
            let runs = try bench.runs
            #expect(runs.map { $0.cancelRequestedAt != nil } == [false, true])
            #expect(told.words == ["fired \(bench.minutes(1).iso8601)", "fired \(bench.minutes(2).iso8601) !"])
            // One that cannot begin, as it has had its run, ends nothing.
            try alter(bench.store, "update schedules set last = last - 60000")
            try keeper.look(at: bench.minutes(2))
            #expect(try bench.runs.map { $0.cancelRequestedAt != nil } == [false, true])
            for run in runs { try coordinator.cancel(run.id) }
            coordinator.kill()
            try bench.finish(coordinator)
        }
    }

    @Test func `a run that goes on lets the next one wait, or leaves it out`() async throws {
        for (overlap, words) in [(Schedule.Overlap.queue, "waits"), (.skip, "overlapped 1")] {
            try await with("sleep 1000", overlap: overlap) { bench in
                let coordinator = try bench.coordinator()
                defer { coordinator.close() }
                let told = Told()
                var keeper = keeper(coordinator, bench, told)
                try keeper.look(at: bench.minutes(1))
                try keeper.look(at: bench.minutes(2))
                #expect(told.words.count == 2 && told.words[1].hasPrefix(words), "\(told.words)")
                let run = try #require(try bench.runs.first)
                try coordinator.cancel(run.id)
                coordinator.kill()
                try bench.finish(coordinator)
                try keeper.look(at: bench.minutes(2.1))
                #expect(try bench.runs.count == (overlap == .queue ? 2 : 1))
                for run in try bench.runs where !run.state.isFinal { try coordinator.cancel(run.id) }
                coordinator.kill()
                try bench.finish(coordinator)
            }
        }
    }

    @Test func `a coordinator whose work was taken over fires nothing`() async throws {
        try await with { bench in
            let coordinator = try bench.coordinator()
            defer { coordinator.close() }
            try alter(bench.store, "update coordinators set epoch = epoch + 1")
            let told = Told()
            var keeper = keeper(coordinator, bench, told)
            #expect(throws: (any Error).self) { try keeper.look(at: bench.minutes(1)) }
            #expect(try bench.runs.isEmpty && bench.row.place.last == bench.start)
        }
    }
}
