import Model
import Scheduler
import Testing

@testable import Commands

/// What jobs wait for, in the words of the queue's table.
@Suite struct QueueTableTests {
    @Test(arguments: [
        (
            [Waiting.Reason.full(.named("v1.2"), max: 2, elsewhere: 0, holder: nil)], Duration.seconds(90),
            "one of the 2 slots of pool:v1.2, about 2 min"
        ), ([.needs(["a.b", "c"])], nil, "a.b and c to end"), ([], nil, "It starts in a moment"),
    ])
    func `a reason stands without its first words and its last dot`(
        reasons: [Waiting.Reason], expected: Duration?, words: String
    ) {
        #expect(QueueTable.words(Waiting(reasons: reasons, expected: expected)) == words)
    }
}
