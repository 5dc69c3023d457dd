import Settings
import Testing

@testable import Coordinator

/// When the machine has no room for one more session.
@Suite struct AdmissionTests {
    private let admission = Admission(limits: LimitSettings())

    private func readings(
        memory: Int64? = 8 << 30, disk: Int64? = 100 << 30, descriptors: Int = 30, of limit: Int = 1024,
        backlog: Int64 = 0, live: Int = 5
    ) -> Admission.Readings {
        Admission.Readings(
            memoryAvailable: memory, diskFree: disk, descriptors: descriptors, descriptorLimit: limit, backlog: backlog,
            live: live)
    }

    @Test func `each shortage is named with what there is and what is wanted`() {
        #expect(admission.refusal(readings()) == nil)
        #expect(admission.refusal(readings(memory: nil, disk: nil)) == nil)
        #expect(admission.refusal(readings(memory: 200 << 20))?.hasPrefix("200 MiB of memory") == true)
        #expect(admission.refusal(readings(disk: 500 << 20))?.hasPrefix("500 MiB of disk") == true)
        #expect(admission.refusal(readings(backlog: 65 << 20))?.hasPrefix("the recorder is 65 MiB") == true)
        #expect(admission.refusal(readings(descriptors: 961))?.hasPrefix("961 of 1024 descriptors") == true)
    }

    @Test func `each live session wants its part of the disk`() {
        #expect(admission.refusal(readings(disk: 520 << 20, live: 5)) == nil)
        #expect(admission.refusal(readings(disk: 520 << 20, live: 50)) != nil)
    }

    @Test func `under a small limit sessions start all the same, and some descriptors stay free`() {
        #expect(admission.refusal(readings(descriptors: 28, of: 64)) == nil)
        #expect(admission.refusal(readings(descriptors: 49, of: 64)) != nil)
    }

    @Test func `nothing waits for descriptors that nobody would give back`() {
        #expect(admission.refusal(readings(descriptors: 60, of: 64, live: 0)) == nil)
    }
}
