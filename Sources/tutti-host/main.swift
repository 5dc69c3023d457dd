import CLinux
import Glibc

/// Says what is wrong on standard error and ends.
func fail(_ complaint: Complaint, _ status: Int32) -> Never {
    var line = Array("tutti-host: \(complaint.words)\n".utf8)
    _ = writeAll(&line, line.count, to: 2)
    exit(status)
}

if CommandLine.arguments.dropFirst().first == "guard" {
    // Of what it was started with it needs nothing, and whoever waits for a descriptor's end must not wait for this one.
    tutti_close_from(3)
    guard let watch = Guard(Array(CommandLine.arguments.dropFirst(2))) else { fail(Complaint(Guard.usage), 64) }
    watch.run()
    exit(0)
}

// Whatever was inherited stays here: the coordinator's Foundation watches one of these descriptors until it is closed
// everywhere, and must see the host's end, not that of some descendant.
tutti_close_on_exec_from(3)
// The numbers 0, 1 and 2 must be taken, or the first pipe would get one of them and be overwritten in the provider.
while true {
    let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0, descriptor <= 2 else {
        close(descriptor)
        break
    }
    _ = fcntl(descriptor, F_SETFD, 0)
}

let arguments: Arguments
let folder: SessionFolder
do {
    arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
} catch {
    fail(Complaint("\(error.words)\n\(Arguments.usage)"), 64)
}
do { folder = try SessionFolder(arguments.folder) } catch { fail(error, 73) }
do { try folder.claim() } catch { fail(error, 75) }

do {
    var host: Host
    do {
        host = try Host(arguments, folder: folder)
    } catch {
        // What the start had made already is put in the state that every ended session has.
        unlinkat(folder.descriptor, "ctl.sock", 0)
        fchmodat(folder.descriptor, "spool.jsonl", 0o600, 0)
        var record = ExitRecord(startedAt: wallMilliseconds(), duration: 0)
        record.endedBy = "start_failed"
        record.startError = error
        try folder.replace("exit.json", with: record.text, durably: true)
        Coordinators(locks: arguments.locks, store: arguments.store, recoverer: arguments.recoverer)
            .recoverIfAlone(folder)
        exit(0)
    }
    try host.run()
} catch {
    fail(error, 74)
}
