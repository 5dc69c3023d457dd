import Model
import Testing

@Suite struct StateTests {
    @Test func `final states are those that nothing leaves`() {
        #expect(RunState.allCases.filter(\.isFinal) == [.completed, .failed, .cancelled])
        #expect(JobState.allCases.filter(\.isFinal) == [.completed, .failed, .cancelled, .skipped])
        #expect(SessionState.allCases.filter(\.isFinal) == [.completed, .failed, .cancelled, .lost])
    }

    @Test func `the word that other programs poll for is processing`() {
        #expect(MessageStatus.allCases.map(\.rawValue) == ["processing", "completed", "failed", "cancelled"])
    }

    @Test func `exit statuses are those of sysexits, of shells, and six of our own`() {
        #expect(
            ExitCode.allCases.map(\.rawValue) == [
                0, 1, 2, 3, 4, 5, 6, 64, 65, 66, 69, 70, 73, 74, 75, 76, 77, 78, 130, 141, 143,
            ])
    }
}
