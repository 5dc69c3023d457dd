import EventLoop
import Foundation
import Model
import Store
import TestSupport
import Testing

@testable import Coordinator

/// When a process is started for work that nobody does.
@Suite struct OrphanWatchTests {
    /// How often a program was started for a run that nobody claims, in so many seconds of looks.
    private func starts(isPatient: Bool, seconds: Int) async throws -> Int {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder)
                let store = try workshop.store()
                defer { store.close() }
                let run = RunDraft(createdAt: .now)
                try store.writeAndWait { _ = try $0.insert(run) }
                // It ends with the work left, as a recovery does that cannot read the run.
                let program = try folder.write("#!/bin/sh\necho \"$1\" >> \(folder.file("started"))\n", to: "program")
                #expect(chmod(program, 0o700) == 0)
                let mark = "WATCHED=\(folder.file("started"))"
                var watch = OrphanWatch(
                    tutti: program, environment: ["PATH": "/usr/bin:/bin", "WATCHED": folder.file("started")],
                    isPatient: isPatient)
                let start = Monotonic.now
                for second in 0..<seconds {
                    watch.look(in: store, at: start + .seconds(second))
                    #expect(ProcessTable.waitUntilGone(marked: mark) == [])
                }
                // Whoever waits for any child of this process must not find the last one.
                let isBusy = watch.isBusy()
                #expect(!isBusy)
                let lines = (try? String(contentsOfFile: folder.file("started"), encoding: .utf8)) ?? ""
                #expect(lines.split(separator: "\n").allSatisfy { $0 == "recover" })
                return lines.split(separator: "\n").count
            }
        }
    }

    @Test func `a first look starts nothing: somebody may be about to begin`() async throws {
        #expect(try await starts(isPatient: true, seconds: 5) == 0)
        #expect(try await starts(isPatient: true, seconds: 6) == 1)
        #expect(try await starts(isPatient: false, seconds: 1) == 0)
    }

    @Test(arguments: [false, true])
    func `each start in vain is waited for longer`(_ isPatient: Bool) async throws {
        // After 5, 10, 20, 40, 80 and 160 seconds.
        let count = try await starts(isPatient: isPatient, seconds: 200)
        #expect((5...7).contains(count), "\(count)")
    }
}
