import Model
import Store

/// Adopted sessions that are not followed yet, the oldest first, and how many of them may be read back at a time.
///
/// Thousands may have died together. The recording of each is read from its beginning; how far reading may be ahead of the
/// store is seen to there (``Recorder/mostBacklog``). What that does not count is an ending: its answer waits whole for a
/// commit, and all that wait together are one. So the next ones begin when earlier ones have ended, or were read to where they
/// are now.
struct Arrivals {
    /// A session, and the dead coordinator that it belonged to.
    struct Arrival {
        let session: SessionRow
        let former: CoordinatorRow
    }

    private let room: Int
    private var waiting: [Arrival] = []
    private var head = 0
    private var reading: Set<Identifier> = []
    private var postponed: [Arrival] = []

    /// Nothing arrives. At most `room` sessions are read back at the same time.
    init(room: Int = 256) { self.room = room }

    /// Adds the sessions of a coordinator that was found dead.
    mutating func add(_ sessions: [SessionRow], of former: CoordinatorRow) {
        waiting += sessions.map { Arrival(session: $0, former: former) }
    }

    /// Those whose turn it is now.
    mutating func next() -> [Arrival] { take(room - reading.count) }

    /// All of them, whatever the room: for whoever must reach every session at once.
    mutating func rest() -> [Arrival] {
        again()
        return take(.max)
    }

    /// A session has ended, was read to its present end, or cannot be followed.
    mutating func arrived(_ session: Identifier) { reading.remove(session) }

    /// A session whose turn it was cannot be followed just now.
    mutating func postpone(_ arrival: Arrival) {
        reading.remove(arrival.session.id)
        postponed.append(arrival)
    }

    /// Gives those that were postponed another turn, after the others.
    mutating func again() {
        waiting += postponed
        postponed = []
    }

    private mutating func take(_ most: Int) -> [Arrival] {
        let taken = Array(waiting[head...].prefix(max(0, most)))
        head += taken.count
        if head == waiting.count {
            waiting = []
            head = 0
        }
        for arrival in taken { reading.insert(arrival.session.id) }
        return taken
    }
}
