import CLinux
import Glibc

/// The parent of one provider: one thread around `poll`, from the start of the provider to the end of its whole tree.
struct Host {
    let arguments: Arguments
    let folder: SessionFolder
    let coordinators: Coordinators
    let signals: Int32
    var spool: Spool
    var pump: Pump?
    var errors: ErrorOutput
    var input: InputPipe?
    var control: ControlSocket
    var limits: Limits
    var reaper: Reaper
    var startedAt = monotonicMilliseconds()
    let startedAtWall = wallMilliseconds()
    var endedAt: Int64?
    var isPausedForSpace = false
    var treeMustEnd = false
    var lastSize: Int64 = 0

    /// Prepares everything and starts the provider. A provider that cannot be started leaves an exit record too.
    init(_ arguments: Arguments, folder: SessionFolder) throws(Complaint) {
        self.arguments = arguments
        self.folder = folder
        coordinators = Coordinators(
            locks: arguments.locks, store: arguments.store, recoverer: arguments.recoverer)
        limits = arguments.limits
        signals = try Host.takeSignals()
        if tutti_become_subreaper() != 0 { throw Complaint("become a subreaper", errno: errno) }
        tutti_give_up_terminal()
        for name in ["host.json", "exit.json"] { folder.reserve(name) }
        spool = try Spool(in: folder, reserves: arguments.standardOutput == .file)
        errors = try ErrorOutput()
        if arguments.standardOutput == .pump { pump = try Pump() }
        control = try ControlSocket(in: folder, epoch: arguments.epoch)

        let source: Int32
        switch arguments.standardInput {
        case .none: source = open("/dev/null", O_RDONLY | O_CLOEXEC)
        case .file: source = openat(folder.descriptor, "stdin", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        case .open:
            let pipe = try InputPipe()
            input = pipe
            source = pipe.readEnd
        }
        guard source >= 0 else { throw Complaint("open the provider's standard input", errno: errno) }
        let descriptors = ProviderStart.Descriptors(
            input: source, output: pump?.writeEnd ?? spool.descriptor, errors: errors.writeEnd)
        startedAt = monotonicMilliseconds()
        reaper = Reaper(
            provider: try ProviderStart.start(arguments.command, in: arguments.workingDirectory, descriptors))
        // The provider alone holds these ends now, so that its end shows.
        close(source)
        close(errors.writeEnd)
        if let pump { close(pump.writeEnd) }
        spool.reserveAhead(of: spool.length, grown: 0)
        chdir("/")
    }

    /// Writes `host.json`, follows the provider to its end, ends what it left, and writes `exit.json`.
    mutating func run() throws(Complaint) {
        do {
            try writeHostRecord()
        } catch {
            // Without the record nobody could find the session again: it must not go on.
            treeMustEnd = true
            spool.noteLoss()
        }
        limits.start(at: startedAt)
        while reaper.providerStatus == nil && !treeMustEnd { turn() }
        if reaper.providerStatus != nil { endedAt = monotonicMilliseconds() }
        let leftovers = finishTree()
        errors.writeTail(in: folder)
        try writeExitRecord(leftovers: leftovers)
        unlinkat(folder.descriptor, "ctl.sock", 0)
        coordinators.recoverIfAlone(folder)
    }

    /// One wait, and what came of it.
    private mutating func turn() {
        wait(milliseconds: max(0, limits.nextWake() - monotonicMilliseconds()))
        let now = monotonicMilliseconds()
        if limits.wantsSize(at: now) { measure(now) }
        if limits.wantsLook(at: now) { limits.looked(alive: coordinators.someoneLives(), at: now) }
        obey(limits.tick(at: now))
    }

    private mutating func measure(_ now: Int64) {
        let size = spool.length
        spool.reserveAhead(of: size, grown: size - lastSize)
        lastSize = size
        // The provider waits while the disk is full; it would go on with a cut recording otherwise.
        if spool.isShortOfSpace != isPausedForSpace && limits.cause == nil {
            isPausedForSpace = spool.isShortOfSpace
            signalProvider(isPausedForSpace ? SIGSTOP : SIGCONT)
        }
        let isBlocked = pump?.isBlocked ?? false
        if isBlocked { _ = pump?.move(to: spool.descriptor) }
        limits.measured(size, reserved: spool.reservedAhead(of: size), soon: spool.isShortOfSpace || isBlocked, at: now)
        errors.writeTail(in: folder)
        // Whoever removed the folder took the record, the spool's name and the socket: nobody can follow any more.
        if folder.isGone { obey(limits.end(.orphanTimeout, at: now)) }
    }

    /// Waits for any descriptor and serves it.
    mutating func wait(milliseconds: Int64) {
        let clientCount = control.clients.count
        var entries = [
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: pump.map { $0.isBlocked ? -1 : $0.descriptor } ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: input.map { $0.wantsWriting ? $0.descriptor : -1 } ?? -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: control.listener, events: Int16(POLLIN), revents: 0),
        ]
        for client in control.clients {
            // A client whose bytes wait for the provider waits too; its going away is noticed afterwards.
            entries.append(pollfd(fd: client.isWriting ? -1 : client.descriptor, events: Int16(POLLIN), revents: 0))
        }
        guard poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds)) > 0 else { return }
        // Signals first: whoever got an answer may count on a signal sent before being seen.
        if entries[0].revents != 0 { takeSignal() }
        if entries[1].revents != 0 { errors.take(in: folder) }
        if entries[2].revents != 0 { _ = pump?.move(to: spool.descriptor) }
        if entries[3].revents != 0 { writeInput() }
        for index in 0..<clientCount where entries[5 + index].revents != 0 { control.readClient(index) }
        for index in 0..<clientCount { serve(index) }
        control.removeClosed()
        if entries[4].revents != 0 { control.acceptClient() }
    }

    private mutating func takeSignal() {
        // SIGTERM to the host is the wish that the session ends; a second one is less patient.
        if tutti_read_signal(signals) == UInt32(SIGTERM) { obey(limits.end(.request, at: monotonicMilliseconds())) }
        _ = reaper.reap()
    }

    private mutating func obey(_ action: Limits.Action) {
        switch action {
        case .nothing: break
        case .ask: signalProvider(SIGTERM)
        case .endTree: treeMustEnd = true
        }
    }

    /// Blocks the signals that are read as data, and ignores those that a terminal sends.
    private static func takeSignals() throws(Complaint) -> Int32 {
        for number in [SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ] { signal(number, SIG_IGN) }
        // Inherited as ignored it would make every child vanish without a status.
        signal(SIGCHLD, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGCHLD)
        sigaddset(&set, SIGTERM)
        sigprocmask(SIG_SETMASK, &set, nil)
        let descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw Complaint("make a signalfd", errno: errno) }
        return descriptor
    }
}
