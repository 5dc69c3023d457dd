import Model
import Scheduler
import Testing

@Suite struct RetryTests {
    @Test func `an overload is tried again after a wait with full jitter, three times in all`() {
        var desk = Desk()
        desk.add(job("a"))
        for attempt in 2...3 {
            desk.fail("a", .overload)
            guard case .retry(_, attempt, let wait, _, isParked: false)? = desk.last.first else {
                Issue.record("no attempt \(attempt): \(desk.last)")
                return
            }
            #expect(wait >= .zero && wait <= .seconds(attempt == 2 ? 10 : 20))
            #expect(desk.pass(wait) == ["a"])
        }
        desk.fail("a", .overload)
        #expect(desk.finished == ["a failed"])
    }

    @Test func `what the provider asks for costs no try`() {
        var desk = Desk()
        desk.add(job("a"))
        for _ in 0..<10 {
            desk.fail("a", .quota, after: 60)
            #expect(desk.pass(.seconds(60)) == ["a"])
        }
        desk.fail("a", .overload)
        #expect(desk.finished.isEmpty)
    }

    @Test func `a success is never tried again`() {
        var desk = Desk()
        desk.add(job("a"), job("b"))
        desk.complete("a")
        #expect(desk.fail("a", .overload).isEmpty)
        #expect(desk.last.isEmpty)
    }

    @Test func `five starts that break at once stop a module until it is reset`() {
        var desk = Desk()
        let module = Pool.module("web")
        desk.limit(.global, 1)
        desk.tell(
            .add(
                (0..<20).map { index in job("j\(index)") { $0.retry.usual.attempts = 1 }.with(module) }, groups: [],
                together: false))
        var starts = desk.started
        while let name = starts.last, starts.count < 20 {
            desk.now += .milliseconds(100)
            let next = desk.fail(name, .crash)
            if next.isEmpty { break }
            starts += next
        }
        #expect(starts.count == 5)
        #expect(desk.last.contains(.poolBlocked(module)))
        #expect(desk.queue.isBlocked(module))
        #expect(desk.why("j7")?.contains("a person to reset module:web") == true)
        #expect(desk.pass(.seconds(3600)).isEmpty)
        #expect(desk.tell(.reset(module)) == ["j5"])
    }

    @Test func `starts that break with pauses between them are the retries' business`() {
        var limit = StartLimit()
        for index in 0..<20 {
            let start = Duration.seconds(index * 3)
            let isTooMany = limit.count(Failure(.crash, "made up"), started: start, ended: start + .seconds(1))
            #expect(!isTooMany)
        }
        #expect(!limit.isReached)
    }

    @Test func `short commands that succeed may start as often as they like`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.tell(.add((0..<50).map { job("j\($0)").with(.module("web")) }, groups: [], together: false))
        for index in 0..<50 {
            desk.now += .milliseconds(10)
            desk.complete("j\(index)")
        }
        guard case .finishRun? = desk.last.last else {
            Issue.record("not all of them ran")
            return
        }
    }
}
