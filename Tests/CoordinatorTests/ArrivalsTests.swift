import Model
import Testing

@testable import Coordinator
@testable import Store

/// How many of the sessions that died together are read back at a time.
@Suite struct ArrivalsTests {
    private let former = CoordinatorRow(
        id: .random(), epoch: 1, pid: 1, kind: "test", startedAt: .now, heartbeat: .now, endedAt: nil, isAlive: false)

    private func sessions(_ count: Int) -> [SessionRow] {
        (0..<count).map { .sample(Int64($0), owner: former.id) }
    }

    @Test func `the next ones begin when earlier ones have arrived, in their order`() {
        var arrivals = Arrivals(room: 2)
        let sessions = sessions(5)
        arrivals.add(Array(sessions[..<3]), of: former)
        #expect(arrivals.next().map(\.session) == Array(sessions[..<2]))
        #expect(arrivals.next().isEmpty)
        arrivals.arrived(sessions[1].id)
        arrivals.arrived(sessions[1].id)
        arrivals.add(Array(sessions[3...]), of: former)
        #expect(arrivals.next().map(\.session) == [sessions[2]])
        arrivals.arrived(sessions[0].id)
        arrivals.arrived(sessions[2].id)
        #expect(arrivals.next().map(\.session) == Array(sessions[3...]))
        #expect(arrivals.next().isEmpty)
    }

    @Test func `those that cannot be followed just now have another turn after the others`() {
        var arrivals = Arrivals(room: 2)
        let sessions = sessions(4)
        arrivals.add(sessions, of: former)
        for arrival in arrivals.next() { arrivals.postpone(arrival) }
        #expect(arrivals.next().map(\.session) == Array(sessions[2...]))
        for session in sessions[2...] { arrivals.arrived(session.id) }
        #expect(arrivals.next().isEmpty)
        arrivals.again()
        let again = arrivals.next()
        #expect(again.map(\.session) == Array(sessions[..<2]))
        arrivals.postpone(again[0])
        #expect(arrivals.rest().map(\.session) == [sessions[0]])
    }

    @Test func `whoever must reach every session gets all that wait`() {
        var arrivals = Arrivals(room: 1)
        let sessions = sessions(4)
        arrivals.add(sessions, of: former)
        #expect(arrivals.next().count == 1)
        #expect(arrivals.rest().map(\.session) == Array(sessions[1...]))
        #expect(arrivals.rest().isEmpty)
        for session in sessions { arrivals.arrived(session.id) }
        arrivals.add(sessions, of: former)
        #expect(arrivals.next().map(\.session) == [sessions[0]])
    }
}
