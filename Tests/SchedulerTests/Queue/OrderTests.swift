import Model
import Scheduler
import Testing

@Suite struct OrderTests {
    @Test func `higher priorities go first, and among equals who came first`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a"), job("b") { $0.priority = 5 }, job("c") { $0.priority = 5 }, job("d") { $0.priority = -20 })
        var order = desk.started
        for name in ["b", "c", "a"] { order += desk.complete(name) }
        #expect(order == ["b", "c", "a", "d"])
    }

    @Test func `a question of one goes next beside a batch of ten thousand`() {
        var desk = Desk()
        desk.limit(.global, 4)
        let batch = (0..<10_000).map { job("b\($0)", run: "batch") }
        desk.tell(.add(batch, groups: [], together: false))
        desk.now += .seconds(3600)
        for name in desk.started { desk.complete(name) }
        desk.add(job("q", run: "ask"))
        #expect(desk.started.isEmpty)
        let next = desk.tell(.attemptEnded(job: id("b4"), JobQueue.AttemptEnd(.completed)))
        #expect(next == ["q"])
    }

    @Test func `who is passed over rises by one step in five minutes and is served`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("h0", run: "high") { $0.priority = 3 }, job("w", run: "weak"))
        var served: Duration?
        for round in 1..<100 {
            desk.add(job("h\(round)", run: "high") { $0.priority = 3 })
            desk.now += .seconds(60)
            if desk.complete("h\(round - 1)").contains("w") {
                served = desk.now
                break
            }
        }
        // Three steps bring it level, and then its share has had less.
        #expect(served == .seconds(15 * 60))
    }

    @Test func `without ageing it never is`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(
            job("h0", run: "high") { $0.priority = 3 },
            job("w", run: "weak") { $0.ages = false })
        for round in 1..<100 {
            desk.add(job("h\(round)", run: "high") { $0.priority = 3 })
            desk.now += .seconds(60)
            #expect(desk.complete("h\(round - 1)") == ["h\(round)"])
        }
    }

    @Test func `a batch that is served does not age past a newcomer`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.tell(.add((0..<100).map { job("b\($0)", run: "batch") }, groups: [], together: false))
        for round in 0..<50 {
            desk.now += .seconds(240)
            desk.complete("b\(round)")
        }
        desk.add(job("q", run: "ask"))
        #expect(desk.complete("b50") == ["q"])
    }

    @Test func `shares get slots by their weights`() {
        var desk = Desk()
        desk.limit(.global, 8)
        desk.tell(.weigh(.label("gold"), 3))
        let gold = (0..<2000).map { index in job("g\(index)", run: "gr") { $0.share = "gold" } }
        let plain = (0..<2000).map { index in job("p\(index)", run: "pr") { $0.share = "plain" } }
        desk.tell(.add(gold + plain, groups: [], together: false))
        var live = desk.started
        var starts = live
        while starts.count < 800 {
            desk.now += .seconds(1)
            let next = desk.complete(live.removeFirst())
            live += next
            starts += next
        }
        let part = Double(starts.count { $0.hasPrefix("g") }) / Double(starts.count)
        #expect(abs(part - 0.75) < 0.02, "\(part)")
    }

    @Test func `a share that was away has saved up nothing`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.tell(.add((0..<100).map { job("b\($0)", run: "batch") }, groups: [], together: false))
        for index in 0..<60 {
            desk.now += .seconds(30)
            desk.complete("b\(index)")
        }
        desk.tell(.add((0..<20).map { job("q\($0)", run: "ask") }, groups: [], together: false))
        var order: [String] = desk.complete("b60")
        while let last = order.last, order.count < 10 {
            desk.now += .seconds(30)
            order += desk.complete(last)
        }
        #expect(order.count { $0.hasPrefix("q") } == 5, "\(order)")
    }

    @Test func `modules of one run take turns, and so do runs of one label`() {
        var desk = Desk()
        desk.limit(.global, 1)
        let first = (0..<4).map { index in job("a\(index)") { $0.module = "first" } }
        let second = (0..<2).map { index in job("b\(index)") { $0.module = "second" } }
        var order = desk.tell(
            .add(
                first.map { $0.with(.module("first")) } + second.map { $0.with(.module("second")) }, groups: [],
                together: false))
        while let last = order.last, order.count < 6 { order += desk.complete(last) }
        #expect(order == ["a0", "b0", "a1", "b1", "a2", "a3"])
    }

    @Test func `a job that is moved to the front goes before its run and not before others`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("x", run: "other") { $0.priority = 1 }, job("a"), job("b"), job("c"))
        desk.tell(.moveToFront(.job(id("c"))))
        desk.add(job("y", run: "other") { $0.priority = 1 })
        #expect(desk.complete("x") == ["y"])
        #expect(desk.complete("y") == ["c"])
        #expect(desk.complete("c") == ["a"])
    }

    @Test func `a new priority counts from the next decision on`() {
        var desk = Desk()
        desk.limit(.global, 1)
        desk.add(job("a"), job("b"), job("c"))
        desk.tell(.prioritise(.job(id("c")), 99))
        #expect(desk.complete("a") == ["c"])
    }
}

extension QueuedJob {
    /// The job in one more pool.
    func with(_ pool: Pool) -> QueuedJob {
        var job = self
        job.pools.append(pool)
        return job
    }
}
