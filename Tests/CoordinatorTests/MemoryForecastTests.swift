import EventLoop
import Foundation
import Glibc
import Model
import Providers
import Settings
import TestSupport
import Testing

@testable import Coordinator

/// What the memory of sessions is taken to become.
@Suite struct MemoryForecastTests {
    private let claude = MemoryForecast.Kind(provider: "claude", module: "api")
    private let usual: Int64 = 400 << 20

    @Test func `a session that has just begun counts as what it will be, and a grown one as what it is`() {
        var forecast = MemoryForecast()
        let start = Monotonic.now
        for _ in 0..<3 { forecast.began(.random(), claude, at: start) }
        #expect(forecast.growth(at: start) { _ in usual } == 3 * usual)
        let half = forecast.growth(at: start + .seconds(5)) { _ in usual }
        #expect(abs(half - 3 * usual / 2) < 1 << 20)
        #expect(forecast.growth(at: start + .seconds(10)) { _ in usual } == 0)
    }

    @Test func `what was measured goes before what is usual, in the same module before the provider`() {
        var forecast = MemoryForecast()
        #expect(forecast.need(claude, usual: usual) == usual)
        forecast.ended(.random(), MemoryForecast.Kind(provider: "claude", module: "web"), peak: 900 << 20)
        #expect(forecast.need(claude, usual: usual) == 900 << 20)
        forecast.ended(.random(), claude, peak: 300 << 20)
        #expect(forecast.need(claude, usual: usual) == 300 << 20)
        // Nobody knows yet of which module the next one is: the largest of the provider.
        #expect(forecast.need(MemoryForecast.Kind(provider: "claude", module: nil), usual: usual) == 900 << 20)
    }

    @Test func `half a second after its start a session promises twice what it has, until one has ended`() {
        var forecast = MemoryForecast()
        let (start, session) = (Monotonic.now, Identifier.random())
        forecast.began(session, claude, at: start)
        forecast.look(at: start + .seconds(1)) { _ in 3 << 20 }
        #expect(forecast.need(claude, usual: usual) == usual)
        forecast.runs(session, as: 77)
        forecast.look(at: start + .milliseconds(400)) { _ in 3 << 20 }
        #expect(forecast.need(claude, usual: usual) == usual)
        // Smaller than what is reckoned with.
        forecast.look(at: start + .milliseconds(500)) { $0 == 77 ? 3 << 20 : nil }
        #expect(forecast.need(claude, usual: usual) == 0)
        forecast.look(at: start + .seconds(2)) { _ in 150 << 20 }
        #expect(forecast.need(claude, usual: usual) == 300 << 20)
        forecast.ended(session, claude, peak: 250 << 20)
        #expect(forecast.need(claude, usual: usual) == 250 << 20)
    }

    @Test func `the largest of the last eight counts, and older ones are forgotten`() {
        var forecast = MemoryForecast()
        forecast.ended(.random(), claude, peak: 2 << 30)
        for _ in 0..<7 { forecast.ended(.random(), claude, peak: 100 << 20) }
        #expect(forecast.need(claude, usual: usual) == 2 << 30)
        forecast.ended(.random(), claude, peak: 100 << 20)
        #expect(forecast.need(claude, usual: usual) == 100 << 20)
    }

    @Test func `small programs are not reckoned with, and a session that ended or never began takes nothing`() {
        var forecast = MemoryForecast()
        let sh = MemoryForecast.Kind(provider: "sh", module: nil)
        #expect(forecast.need(sh, usual: nil) == 0)
        forecast.learn(sh, 12 << 20)
        #expect(forecast.need(sh, usual: nil) == 0)
        let (first, second) = (Identifier.random(), Identifier.random())
        let now = Monotonic.now
        forecast.began(first, claude, at: now)
        forecast.began(second, claude, at: now)
        forecast.forget(first)
        forecast.ended(second, claude, peak: nil)
        #expect(forecast.growth(at: now) { _ in usual } == 0)
        #expect(forecast.need(claude, usual: usual) == usual)
    }

    @Test func `as many start as have room beside those that still grow, and one always`() {
        let admission = Admission(limits: LimitSettings())
        func readings(_ gibibytes: Int64, growth: Int64 = 0, live: Int = 3) -> Admission.Readings {
            var readings = Admission.Readings(
                memoryAvailable: gibibytes << 30, diskFree: nil, descriptors: 10, descriptorLimit: 1024, backlog: 0,
                live: live)
            (readings.growth, readings.need) = (growth, 1 << 30)
            return readings
        }
        #expect(admission.starts(readings(9)) == 8)
        #expect(admission.starts(readings(9, growth: 5 << 30)) == 3)
        #expect(admission.refusal(readings(9, growth: 5 << 30)) == nil)
        let full = readings(9, growth: 8 << 30)
        #expect(admission.starts(full) == 0)
        #expect(admission.crowding(full)?.contains("8192 MiB of it, and the next one 1024 MiB") == true)
        // A shortage is told to runs, and this comes and goes with each start.
        #expect(admission.refusal(full) == nil && admission.crowding(readings(9)) == nil)
        #expect(admission.starts(readings(1, live: 0)) == 1)
        #expect(admission.refusal(readings(1, live: 0)) == nil)
    }

    @Test func `a machine that is busy with its memory is left alone while something of ours lives`() {
        let admission = Admission(limits: LimitSettings())
        var readings = Admission.Readings(
            memoryAvailable: 9 << 30, diskFree: nil, descriptors: 10, descriptorLimit: 1024, backlog: 0, live: 1)
        readings.memoryPressure = 24
        #expect(admission.refusal(readings) == nil)
        readings.memoryPressure = 60.5
        #expect(admission.refusal(readings)?.hasPrefix("processes waited for memory in 60 %") == true)
        readings.live = 0
        #expect(admission.refusal(readings) == nil)
    }
}

/// What the system says of memory.
@Suite struct MachineMemoryTests {
    private func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            for (path, text) in files {
                let parent = folder.file(path.split(separator: "/").dropLast().joined(separator: "/"))
                try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
                try folder.write(text, to: path)
            }
            try body(folder.path)
        }
    }

    private let machine = "MemTotal:       16384000 kB\nMemFree:          100 kB\nMemAvailable:    8192000 kB\n"

    @Test func `the least of the machine and of all control groups around the process counts`() throws {
        try with([
            "proc/meminfo": machine, "proc/self/cgroup": "0::/user/tutti.service\n",
            "sys/fs/cgroup/user/tutti.service/memory.max": "max\n",
            "sys/fs/cgroup/user/tutti.service/memory.current": "1000\n",
            "sys/fs/cgroup/user/memory.max": "3000000000\n", "sys/fs/cgroup/user/memory.current": "2500000000\n",
            "sys/fs/cgroup/user/memory.stat": "anon 1\ninactive_file 100000000\n"
                + "active_file 60000000\nslab_reclaimable 40000000\n",
        ]) { root in
            #expect(MachineMemory.available(root: root) == 700_000_000)
        }
    }

    @Test func `a container's own group lies at the root, and without any limit the machine counts`() throws {
        try with([
            "proc/meminfo": machine, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000000\n",
            "sys/fs/cgroup/memory.current": "2000000\n",
        ]) { root in
            #expect(MachineMemory.available(root: root) == 0)
        }
        try with(["proc/meminfo": machine, "proc/self/cgroup": "1:cpu:/x\n"]) { root in
            #expect(MachineMemory.available(root: root) == 8_192_000 << 10)
        }
        try with([:]) { root in #expect(MachineMemory.available(root: root) == nil) }
    }

    @Test func `the memory of a living process is known, and of one that is gone it is not`() throws {
        #expect(try #require(MachineMemory.resident(getpid())) > 1 << 20)
        #expect(MachineMemory.resident(Int32.max) == nil)
    }

    @Test func `pressure is what some process waited, and unknown where the kernel does not say`() throws {
        let text = "some avg10=12.34 avg60=1.00 avg300=0.00 total=5\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=2\n"
        try with(["proc/pressure/memory": text]) { root in #expect(MachineMemory.pressure(root: root) == 12.34) }
        try with([:]) { root in #expect(MachineMemory.pressure(root: root) == nil) }
    }
}
