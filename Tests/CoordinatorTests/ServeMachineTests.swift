import Model
import Testing

@testable import Coordinator

/// When a serving coordinator looks, takes over and says that it lives: without a store, in a time of the test's own.
@Suite struct ServeMachineTests {
    @Test func `it looks at once, and then each second although nothing happens`() {
        var machine = ServeMachine(watchdog: nil)
        var (looks, fires): ([Duration], [Duration]) = ([], [])
        var now = Duration.zero
        while now < .seconds(5) {
            let actions = machine.handle(.tick, at: now)
            if actions.contains(.look) { looks.append(now) }
            if actions.contains(.fire) { fires.append(now) }
            now = max(machine.nextWake, now + .milliseconds(1))
        }
        #expect(looks == (0..<5).map { .seconds($0) })
        #expect(fires == looks)
    }

    @Test func `news are looked at at once, and a flood of them twenty times a second`() {
        var machine = ServeMachine(watchdog: nil)
        #expect(machine.handle(.tick, at: .zero) == [.fire, .look])
        #expect(machine.isCurious)
        #expect(machine.handle(.news, at: .milliseconds(500)) == [.look])
        // The next ones come too early: they are looked at together, and nobody wakes for more of them.
        #expect(machine.handle(.news, at: .milliseconds(510)).isEmpty)
        #expect(!machine.isCurious)
        #expect(machine.nextWake == .milliseconds(550))
        #expect(machine.handle(.tick, at: .milliseconds(550)) == [.look])
        #expect(machine.isCurious)
        var actions: [ServeMachine.Action] = []
        for millisecond in 550..<1550 { actions += machine.handle(.news, at: .milliseconds(millisecond)) }
        #expect((19...20).contains(actions.filter { $0 == .look }.count))
        #expect(actions.filter { $0 == .fire }.count == 1, "schedules are not looked at for each commit")
    }

    @Test func `work that nobody has is taken over, and asked for again while it is there`() {
        var machine = ServeMachine(watchdog: nil)
        _ = machine.handle(.tick, at: .zero)
        #expect(machine.handle(.looked(hasWork: false), at: .zero).isEmpty)
        for second in 1...3 {
            #expect(machine.handle(.tick, at: .seconds(second)) == [.fire, .look])
            #expect(machine.handle(.looked(hasWork: true), at: .seconds(second)) == [.adopt])
        }
    }

    @Test func `it says that it lives only when the thread has answered, twice in each span`() {
        var machine = ServeMachine(watchdog: .seconds(10))
        #expect(machine.handle(.tick, at: .zero).contains(.ask))
        #expect(machine.handle(.answered, at: .milliseconds(1)) == [.live])
        var asked: [Duration] = []
        for tenth in 0..<300 {
            let now = Duration.milliseconds(tenth * 100)
            guard machine.handle(.tick, at: now).contains(.ask) else { continue }
            asked.append(now)
            #expect(machine.handle(.answered, at: now) == [.live])
        }
        #expect(asked == [.seconds(5), .seconds(10), .seconds(15), .seconds(20), .seconds(25)])
    }

    @Test func `a thread that does not answer is asked once, and nobody says that it lives`() {
        var machine = ServeMachine(watchdog: .seconds(2))
        var actions: [ServeMachine.Action] = []
        for second in 0..<60 { actions += machine.handle(.tick, at: .seconds(second)) }
        #expect(actions.filter { $0 == .ask }.count == 1)
        #expect(!actions.contains(.live))
        // It is seen to be late, not dead: as soon as it answers, the next question comes.
        #expect(machine.handle(.answered, at: .seconds(60)) == [.live])
        #expect(machine.handle(.tick, at: .seconds(60)).contains(.ask))
    }

    @Test func `nobody is asked where nobody watches`() {
        var machine = ServeMachine(watchdog: nil)
        for second in 0..<60 { #expect(!machine.handle(.tick, at: .seconds(second)).contains(.ask)) }
    }

    @Test func `told to stop it takes over nothing more`() {
        var machine = ServeMachine(watchdog: .seconds(2))
        #expect(machine.handle(.stop, at: .zero).isEmpty)
        #expect(machine.handle(.tick, at: .seconds(9)).isEmpty)
        #expect(machine.handle(.news, at: .seconds(9)).isEmpty)
        #expect(machine.handle(.looked(hasWork: true), at: .seconds(9)).isEmpty)
        #expect(machine.handle(.answered, at: .seconds(9)).isEmpty)
        #expect(!machine.isCurious)
    }
}
