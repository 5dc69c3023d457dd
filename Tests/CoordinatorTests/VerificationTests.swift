import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Coordinator

/// Checks with real processes, tied to this one by the built program.
@Suite struct VerificationTests {
    /// A check that has begun, and what comes of it.
    private final class Check: Sendable {
        private let verdicts = AsyncStream<Failure?>.makeStream()
        private let verification: Verification

        init(_ script: String, in folder: TemporaryFolder, limit: Duration = TestTime.limit) {
            verification = Verification(
                ["sh", "-c", script], in: folder.path, environment: ["PATH": "/usr/bin:/bin"], limit: limit,
                tutti: Products.tutti
            ) { [verdicts] in verdicts.continuation.yield($0) }
        }

        func cancel() { verification.cancel() }

        /// Nil is success.
        var verdict: Failure? {
            get async {
                for await verdict in verdicts.stream { return verdict }
                return Failure(.lost, "no verdict")
            }
        }
    }

    /// Leaves a process in a session of its own that holds the output until the file `go` is there.
    private static let daemon = "setsid sh -c 'while [ ! -e go ]; do sleep 0.02; done' & "

    @Test func `the end of the process decides, and what it printed is told`() async throws {
        try await withTemporaryFolder { folder in
            #expect(await Check("exit 0", in: folder).verdict == nil)
            let failure = try #require(await Check("echo it is broken; exit 3", in: folder).verdict)
            #expect(
                failure.class == .verifyFailed && failure.message.hasSuffix("exit status 3: it is broken"))
            let killed = try #require(await Check("kill -TERM $$", in: folder).verdict)
            #expect(killed.message.contains("ended by signal 15"))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a check that closes its output and goes on has its limit all the same`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let script = "exec >&- 2>&-; echo $$ > begun; exec sleep 1000"
            let failure = try #require(await Check(script, in: folder, limit: .milliseconds(300)).verdict)
            #expect(failure.class == .verifyFailed && failure.message.contains("it was not done in time"))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `what a check leaves behind does not keep it waiting`() async throws {
        try await withTemporaryFolder { folder in
            defer { _ = try? folder.write("", to: "go") }
            #expect(await Check(Self.daemon + "exit 0", in: folder, limit: .seconds(100)).verdict == nil)
            let script = Self.daemon + "echo the last words; exit 4"
            let failure = try #require(await Check(script, in: folder, limit: .seconds(100)).verdict)
            #expect(failure.message.hasSuffix("exit status 4: the last words"))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a check that is cancelled has not failed`() async throws {
        try await withTemporaryFolder { folder in
            let check = Check("echo $$ > begun; exec sleep 1000", in: folder, limit: .seconds(100))
            _ = try await onOwnThread { try waitForFile(folder.file("begun"), containing: "\n") }
            check.cancel()
            #expect(await check.verdict?.class == .cancelled)
            // Before it has begun, too.
            let other = Check("exec sleep 1000", in: folder, limit: .seconds(100))
            other.cancel()
            #expect(await other.verdict?.class == .cancelled)
        }
    }

    @Test func `a command is tied to the process that started it, and to no other`() throws {
        let tutti = Products.tutti
        #expect(try TestSupport.run([tutti, "tied", "\(getpid())", "sh", "-c", "exit 3"]).status == 3)
        // Whoever started it has died already.
        let orphan = try TestSupport.run([tutti, "tied", "\(getppid())", "sh", "-c", "exit 3"])
        #expect(orphan.status == ExitCode.cancelledByOther.rawValue)
        #expect(try TestSupport.run([tutti, "tied", "sh", "-c", "exit 3"]).status == ExitCode.usage.rawValue)
    }

    /// Where a kernel lets anybody make a namespace of processes, as containers have it.
    private static let hasNamespaces = (try? TestSupport.run(["unshare", "-Urpf", "true"]).status) == 0

    @Test(.enabled(if: hasNamespaces)) func `a command can be tied to process number one of a container`() throws {
        let script = #""$0" tied $$ sh -c 'exit 3'; exit $?"#
        let ran = try TestSupport.run(["unshare", "-Urpf", "sh", "-c", script, Products.tutti])
        #expect(ran.status == 3, "\(ran.errors)")
    }
}
