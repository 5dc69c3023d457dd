import Model

@testable import Store

extension SessionRow {
    /// A session with nothing special about it.
    static func sample(_ number: Int64 = 0, owner: Identifier = .random()) -> SessionRow {
        SessionRow(
            row: number, id: .random(), job: .random(), run: .random(), runName: nil, thread: nil, message: nil,
            module: nil, attempt: 1, maxAttempts: 1, provider: "plain", model: nil, providerSession: nil,
            state: .running, isOrphaned: true, workingDirectory: "/", folder: "/", definition: "{}", dialectVersion: 1,
            owner: owner, epoch: 1, host: nil, offset: 0, lastEvent: 0, firstEvent: 0, exit: nil, endedBy: nil,
            failureClass: nil, failure: nil, structuredOutput: nil, activity: nil,
            createdAt: Timestamp(milliseconds: 0), startedAt: nil,
            firstTokenAt: nil, endedAt: nil, usage: .zero)
    }
}
