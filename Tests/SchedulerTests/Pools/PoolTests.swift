import Model
import Scheduler
import Testing

@Suite struct PoolTests {
    @Test func `a job needs a slot in each of its pools`() {
        var desk = Desk()
        desk.limit(.global, 3)
        desk.limit(.provider("claude"), 1)
        let claude = Pool.provider("claude")
        #expect(
            desk.add(job("a").with(claude), job("b").with(claude), job("c"), job("d"), job("e")) == ["a", "c", "d"])
        #expect(desk.complete("c") == ["e"])
        #expect(desk.complete("a") == ["b"])
    }

    @Test func `the providers of jobs that could begin are known while such jobs wait`() {
        var desk = Desk()
        desk.limit(.global, 1)
        let held = job("d").with(.provider("held"))
        desk.add(
            job("a").with(.provider("one")), job("b").with(.provider("two")), job("c").with(.provider("two")), held)
        desk.tell(.hold(.job(id("d"))))
        // `one` runs, and a job that a person holds cannot begin.
        #expect(desk.queue.waitingProviders == ["two"])
        desk.complete("a")
        #expect(desk.queue.waitingProviders == ["two"])
        desk.complete("b")
        #expect(desk.queue.waitingProviders.isEmpty)
        desk.tell(.release(.job(id("d"))))
        #expect(desk.queue.waitingProviders == ["held"])
    }

    @Test func `what other coordinators use counts`() {
        var desk = Desk()
        desk.limit(.global, 3)
        desk.tell(.elsewhere([.global: PoolUse(batch: 2)]))
        #expect(desk.add(job("a"), job("b")) == ["a"])
        #expect(desk.why("b") == "It waits for one of the 3 slots of global, 2 of them with other coordinators.")
        #expect(desk.tell(.elsewhere([:])) == ["b"])
    }

    @Test func `a claim that the store refuses is tried again when there is room`() {
        var desk = Desk()
        desk.limit(.global, 1)
        #expect(desk.add(job("a")) == ["a"])
        desk.tell(.refused(job: id("a"), .full(.global, PoolUse(batch: 1))))
        // Nothing was written, so nothing is to be put right.
        #expect(desk.recorded == [])
        desk.tell(.elsewhere([:]))
        #expect(desk.last == [.start(job: id("a"), attempt: 1)])
    }

    @Test func `a claim of a job that another coordinator runs is looked at again`() {
        var desk = Desk()
        desk.add(job("a"))
        #expect(desk.tell(.refused(job: id("a"), .taken)).isEmpty)
        #expect(desk.pass(.seconds(1)) == ["a"])
    }

    @Test func `a claim of a job that a person has just cancelled ends it`() {
        var desk = Desk()
        desk.add(job("a"))
        desk.tell(.refused(job: id("a"), .unwanted))
        #expect(desk.finished == ["a cancelled"])
    }

    @Test func `the reserve is kept for those whom a person waits for`() {
        var desk = Desk()
        desk.limit(.global, 3, reserve: 1)
        desk.add(job("a"), job("b"), job("c"))
        #expect(desk.started == ["a", "b"])
        #expect(desk.why("c") == "It waits for a slot in global that is not kept for interactive jobs.")
        #expect(desk.add(job("q") { $0.isInteractive = true }) == ["q"])
        #expect(desk.complete("q").isEmpty)
        #expect(desk.complete("a") == ["c"])
    }

    @Test func `a reserve as large as the pool leaves batches one slot`() {
        var desk = Desk()
        desk.limit(.global, 1, reserve: 1)
        #expect(desk.add(job("a")) == ["a"])
    }

    @Test func `a key is held by one job at a time`() {
        var desk = Desk()
        let jobs = ["a", "b", "c"].map { QueuedJob(id($0), run: id("r"), name: $0, keys: ["deploy"]) }
        #expect(desk.tell(.add(jobs, groups: [], together: false)) == ["a"])
        // How long such a job takes nobody knows yet.
        #expect(desk.why("b") == "It waits for a, which has the key deploy.")
        desk.now += .seconds(12)
        #expect(desk.complete("a") == ["b"])
        #expect(desk.why("c") == "It waits for b, which has the key deploy, about 12 s.")
        #expect(desk.complete("b") == ["c"])
    }

    @Test func `a key that nobody needs any more is forgotten, and what others hold is remembered`() {
        var desk = Desk()
        desk.tell(.elsewhere([.key("deploy"): PoolUse(batch: 1)]))
        let keyed = { QueuedJob(id($0), run: id($1), name: $0, keys: ["deploy"]) }
        #expect(desk.tell(.add([keyed("a", "r")], groups: [], together: false)).isEmpty)
        #expect(desk.why("a") == "It waits for the key deploy, which another coordinator has.")
        #expect(desk.tell(.elsewhere([:])) == ["a"])
        desk.complete("a")
        #expect(desk.tell(.add([keyed("b", "s"), keyed("c", "s")], groups: [], together: false)) == ["b"])
        #expect(desk.complete("b") == ["c"])
    }

    @Test func `a limit that is lowered ends nothing and lets nothing start`() {
        var desk = Desk()
        desk.limit(.global, 3)
        desk.add(job("a"), job("b"), job("c"), job("d"))
        desk.limit(.global, 1)
        #expect(desk.last.isEmpty)
        #expect(desk.complete("a").isEmpty)
        #expect(desk.complete("b").isEmpty)
        #expect(desk.complete("c") == ["d"])
    }

    @Test func `a pool reads back as it is written`() {
        let pools: [Pool] = [
            .global, .provider("claude"), .module("a:b"), .machine("m"), .named("gpu"), .key("deploy"), .group(id("g")),
        ]
        for pool in pools { #expect(Pool(pool.text) == pool) }
        for text in ["", "glob", "provider:", "what:ever", "group:short"] { #expect(Pool(text) == nil, "\(text)") }
    }
}

@Suite struct ClaimRuleTests {
    private func refusal(_ change: (inout Claim) -> Void) -> ClaimRefusal? {
        var claim = Claim(pools: [.init(.global, PoolLimit(max: 2, reserve: 1), use: PoolUse(batch: 0))])
        change(&claim)
        return ClaimRule().refusal(claim)
    }

    @Test func `the store's rule lets begin what is free, and nothing else`() {
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.unfinished = 1 } == .taken)
        #expect(refusal { ($0.isUnwanted, $0.isHeld) = (true, true) } == .unwanted)
        #expect(refusal { $0.jobIsFinal = true } == .taken)
        #expect(refusal { $0.isHeld = true } == .held)
        #expect(refusal { $0.pools[0].isPaused = true } == .paused(.global))
        #expect(refusal { $0.pools[0].use = PoolUse(batch: 1) } == .full(.global, PoolUse(batch: 1)))
        #expect(refusal { ($0.pools[0].use, $0.isInteractive) = (PoolUse(batch: 1), true) } == nil)
        let both = PoolUse(interactive: 1, batch: 1)
        #expect(refusal { ($0.pools[0].use, $0.isInteractive) = (both, true) } == .full(.global, both))
    }
}
