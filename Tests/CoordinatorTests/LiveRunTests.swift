import Model
import Scheduler
import Sessions
import Testing

@testable import Coordinator

/// What is noted of a job whose attempt cannot be reached yet.
@Suite struct LiveRunTests {
    private let job = LiveRun.Job(
        id: .random(), module: "a", path: "/", thread: .random(), message: .random(),
        spec: HeldSpec(JobSpec(provider: "plain", limits: SessionLimits())), isMerge: false,
        queued: QueuedJob(.random(), run: .random()), attempt: 1, pools: [])

    @Test func `a wish to end that is said again is urgent`() {
        var job = job
        job.end(for: .cancelled)
        #expect(job.ending == .cancelled && !job.isUrgent)
        job.end(for: .cancelled)
        #expect(job.isUrgent)
        job.end(for: .budget)
        #expect(job.isUrgent)
    }

    @Test func `a wish that follows one of an earlier coordinator is said again`() {
        var job = job
        job.ending = .cancelled
        job.end(for: .cancelled)
        #expect(job.isUrgent)
    }

    @Test func `whoever wants it at once need not ask twice`() {
        var job = job
        job.end(for: .cancelled, atOnce: true)
        #expect(job.ending == .cancelled && job.isUrgent)
    }

    @Test func `a wall clock that is set back while a run goes on makes it neither shorter nor less than nothing`() {
        let created = Timestamp(milliseconds: 86_400_000)
        func took(started: Timestamp?) -> Duration {
            LiveRun.duration(created: created, started: started, ran: .seconds(3))
        }
        #expect(took(started: Timestamp(milliseconds: 86_402_000)) == .seconds(5))
        #expect(took(started: Timestamp(milliseconds: 1000)) == .seconds(3))
        #expect(took(started: nil) == .seconds(3))
    }
}
