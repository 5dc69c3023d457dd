import Model
import Scheduler
import Testing

@Suite struct GraphTests {
    private func needs(_ name: String, _ condition: Dependency.Condition = .success) -> [Dependency] {
        [Dependency(.job(id(name)), condition)]
    }

    @Test func `a job waits for what it needs, whatever the order in which they come`() {
        var desk = Desk()
        #expect(desk.add(job("b") { $0.needs = needs("a") }, job("a")) == ["a"])
        #expect(desk.recorded == ["b waiting"])
        #expect(desk.complete("a") == ["b"])
    }

    @Test(arguments: [
        (Dependency.Condition.success, [true, false, false]), (.failure, [false, true, false]),
        (.finished, [true, true, true]),
    ]) func `a condition says which end is wanted`(_ condition: Dependency.Condition, _ wanted: [Bool]) {
        for (end, runs) in zip(["completed", "failed", "cancelled"], wanted) {
            var desk = Desk()
            desk.add(job("a"), job("b") { $0.needs = needs("a", condition) })
            switch end {
            case "completed": desk.complete("a")
            case "failed": desk.fail("a", .auth)
            default:
                desk.tell(.attemptEnded(job: id("a"), JobQueue.AttemptEnd(.cancelled, Failure(.cancelled, "by hand"))))
            }
            #expect(desk.started == (runs ? ["b"] : []), "\(end) for \(condition)")
            #expect(desk.finished.contains("b skipped") == !runs)
        }
    }

    @Test func `what cannot run any more is skipped to the end of a long chain`() {
        var desk = Desk()
        let chain = (0..<10_000).map { place in
            job("c\(place)") { if place > 0 { $0.needs = needs("c\(place - 1)") } }
        }
        desk.tell(.add(chain, groups: [], together: false))
        desk.fail("c0", .auth)
        #expect(desk.finished.count == 10_000)
        guard case .finishRun(_, let tally)? = desk.last.last else {
            Issue.record("the run is not over")
            return
        }
        #expect(tally.skipped == 9_999 && tally.failed == 1)
    }

    @Test func `jobs that need each other fail, and so does one that needs nobody's job`() {
        var desk = Desk()
        desk.add(
            job("a") { $0.needs = needs("b") }, job("b") { $0.needs = needs("a") }, job("c") { $0.needs = needs("z") },
            job("d"))
        #expect(desk.started == ["d"])
        #expect(desk.finished.sorted() == ["a failed", "b failed", "c failed"])
    }

    @Test func `a conditional job asks once, and its answer decides`() {
        var desk = Desk()
        desk.add(job("a"), job("b") { ($0.needs, $0.isConditional) = (needs("a"), true) })
        desk.complete("a")
        #expect(desk.last.contains(.decide(job: id("b"))))
        #expect(desk.why("b") == "It waits for its condition to be evaluated, about 0 s.")
        #expect(desk.tell(.decided(job: id("b"), .run)) == ["b"])
        #expect(desk.tell(.decided(job: id("b"), .run)).isEmpty)
    }

    @Test func `a merge waits for all rows of a matrix, also those that come later`() {
        var desk = Desk()
        let rows = JobGroup(id("g"), run: id("r"), isComplete: false)
        desk.tell(
            .add(
                [job("m") { $0.needs = [Dependency(.group(id("g")), .finished)] }], groups: [rows], together: false))
        let first = QueuedJob(id("a"), run: id("r"), group: id("g"))
        #expect(desk.add(first) == ["a"])
        #expect(desk.complete("a").isEmpty)
        #expect(desk.add(QueuedJob(id("b"), run: id("r"), group: id("g"))) == ["b"])
        desk.tell(.completeGroup(id("g")))
        #expect(desk.fail("b", .auth) == ["m"])
    }

    @Test func `max_parallel bounds a group, and fail_fast leaves out what has not started`() {
        var desk = Desk()
        let rows = JobGroup(id("g"), run: id("r"), maxParallel: 2, failFast: true)
        let jobs = (0..<5).map { QueuedJob(id("a\($0)"), run: id("r"), group: id("g")) }
        #expect(desk.tell(.add(jobs, groups: [rows], together: false)) == ["a0", "a1"])
        #expect(desk.fail("a0", .auth).isEmpty)
        // What runs is paid for.
        #expect(!desk.last.contains(.end(job: id("a1"), cause: .cancelled, kill: false)))
        #expect(Set(desk.finished) == ["a0 failed", "a2 cancelled", "a3 cancelled", "a4 cancelled"])
        // Its failure now is no reason to try again.
        desk.fail("a1", .overload)
        #expect(desk.finished == ["a1 failed"])
    }

    @Test func `a run is forgotten when its last job has ended`() {
        var desk = Desk()
        desk.add(job("a"))
        desk.complete("a")
        #expect(desk.last.count == 2)
        #expect(desk.queue.waiting(id("a"), at: desk.now) == nil)
        #expect(desk.add(job("a")) == ["a"])
    }
}
