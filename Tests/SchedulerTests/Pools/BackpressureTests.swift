import Model
import Scheduler
import Testing

@Suite struct BackpressureTests {
    private let claude = Pool.provider("claude")

    private func desk(_ max: Int, jobs: Int, _ policy: PoolGovernor.Policy = PoolGovernor.Policy()) -> Desk {
        var desk = Desk()
        desk.limit(claude, max)
        desk.tell(.govern(claude, policy))
        desk.tell(.add((0..<jobs).map { job("j\($0)").with(claude) }, groups: [], together: false))
        return desk
    }

    @Test func `a limit that is said after the pool is governed is there at once, unless it was found to be too high`()
    {
        var desk = Desk()
        desk.tell(.govern(claude, PoolGovernor.Policy(breaker: nil)))
        desk.tell(.add((0..<60).map { job("j\($0)").with(claude) }, groups: [], together: false))
        // Nobody said anything: it begins low.
        #expect(desk.queue.running == 8)
        desk.limit(claude, 20)
        #expect(desk.queue.running == 20)
        desk.now += .seconds(1)
        desk.fail("j0", .overload)
        desk.limit(claude, 30)
        #expect(desk.queue.standing(of: claude, at: desk.now) == .lowered(to: 10))
    }

    @Test func `an overload halves the slots once for all attempts that ran together`() {
        var desk = desk(8, jobs: 40, PoolGovernor.Policy(breaker: nil))
        #expect(desk.started.count == 8)
        desk.now += .seconds(1)
        for index in 0..<4 { desk.fail("j\(index)", .overload) }
        #expect(desk.queue.standing(of: claude, at: desk.now) == .lowered(to: 4))
        #expect(desk.queue.running == 4)
        // One more slot for each round that goes well.
        var live = ["j4", "j5", "j6", "j7"]
        for _ in 0..<5 { live += desk.complete(live.removeFirst()) }
        #expect(desk.queue.running == 5)
    }

    @Test func `a Retry-After parks the whole pool, and its slots come back one by one`() {
        var desk = desk(8, jobs: 20)
        desk.fail("j0", .rateLimit, after: 60)
        #expect(
            desk.queue.standing(of: claude, at: desk.now).map { if case .parked = $0 { true } else { false } } == true)
        for index in 1..<8 { #expect(desk.complete("j\(index)").isEmpty) }
        #expect(desk.why("j9")?.contains("parked until its provider's time") == true)
        #expect(desk.pass(.seconds(59)).isEmpty)
        var starts: [Duration] = []
        while starts.count < 4, let wake = desk.queue.nextWake(after: desk.now) {
            desk.now = wake
            starts += desk.tell(.tick).map { _ in wake }
        }
        #expect(Set(starts).count == 4, "they came back together: \(starts)")
        #expect(starts.allSatisfy { $0 >= .seconds(60) && $0 <= .seconds(70) })
    }

    @Test func `a quota that holds is met by one attempt, not by all`() {
        var desk = desk(8, jobs: 20)
        for index in 0..<8 { desk.fail("j\(index)", .quota, after: 3600) }
        #expect(desk.queue.running == 0)
        while desk.started.isEmpty, let wake = desk.queue.nextWake(after: desk.now) {
            desk.now = wake
            desk.tell(.tick)
        }
        #expect(desk.started.count == 1)
        desk.fail(desk.started[0], .quota, after: 3600)
        #expect(desk.pass(.seconds(3599)).isEmpty)
    }

    @Test func `the breaker opens after five failures in a row and sends one probe at a time`() {
        var desk = desk(8, jobs: 40, PoolGovernor.Policy(isAdaptive: false))
        for index in 0..<8 { desk.fail("j\(index)", .serverError) }
        let standing = desk.queue.standing(of: claude, at: desk.now)
        guard case .tripped(let until)? = standing else {
            Issue.record("\(String(describing: standing))")
            return
        }
        // What ends otherwise meanwhile changes nothing.
        for index in 8..<12 { desk.fail("j\(index)", .refusal) }
        #expect(desk.queue.running == 0)
        desk.now = until
        let probe = desk.tell(.tick)
        #expect(probe.count == 1)
        #expect(desk.queue.standing(of: claude, at: desk.now) == .probing)
        let next = desk.complete(probe[0])
        #expect(next.count == 8)
        #expect(desk.queue.standing(of: claude, at: desk.now) == .open)
    }

    @Test func `a time that no job would wait for keeps no pool closed`() {
        for (seconds, standing) in [(600.0, PoolGovernor.Standing.parked(until: .seconds(600))), (601, .open)] {
            var governor = PoolGovernor(PoolGovernor.Policy(longestPark: .seconds(600)), max: 1)
            var random = SplitMix64(seed: 1)
            let failure = Failure(.quota, "made up", retryAfterSeconds: seconds)
            governor.ended(failure, started: .zero, at: .zero, using: &random)
            switch (governor.standing(at: .zero), standing) {
            case (.parked(let until), .parked): #expect(until >= .seconds(600))
            case (let found, let wanted): #expect(found == wanted)
            }
        }
    }

    @Test func `a probe that fails doubles the pause`() {
        var breaker = CircuitBreaker(CircuitBreaker.Policy(failures: 2, pause: Backoff(delay: .seconds(10), jitter: 0)))
        var random = SplitMix64(seed: 1)
        breaker.failed(started: .zero, at: .seconds(1), using: &random)
        #expect(breaker.ceiling(at: .seconds(1)) == nil)
        breaker.failed(started: .zero, at: .seconds(1), using: &random)
        #expect(breaker.ceiling(at: .seconds(10)) == 0)
        #expect(breaker.ceiling(at: .seconds(11)) == 1)
        // What began before the pause says nothing.
        breaker.failed(started: .zero, at: .seconds(12), using: &random)
        #expect(breaker.ceiling(at: .seconds(12)) == 1)
        breaker.failed(started: .seconds(11), at: .seconds(12), using: &random)
        #expect(breaker.opensAt == .seconds(32))
        breaker.succeeded()
        #expect(breaker.ceiling(at: .seconds(12)) == nil)
    }

    @Test func `coordinators that share a provider come to equal parts`() {
        var first = AdaptiveLimit(maximum: 64)
        var second = AdaptiveLimit(maximum: 64, start: 4)
        var now = Duration.zero
        for _ in 0..<400 {
            now += .seconds(1)
            // The provider bears 32 attempts at a time.
            if first.current + second.current > 32 {
                first.overloaded(started: now, at: now)
                second.overloaded(started: now, at: now)
            } else {
                for _ in 0..<first.current { first.succeeded() }
                for _ in 0..<second.current { second.succeeded() }
            }
        }
        #expect(abs(first.current - second.current) <= 3, "\(first.current) and \(second.current)")
        #expect(first.current + second.current > 14)
    }
}
