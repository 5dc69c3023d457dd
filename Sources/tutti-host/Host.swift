import CLinux
import Glibc

/// The parent of one provider: one thread around `poll`, from the start of the provider to the end of its whole tree.
struct Host {
    private let arguments: Arguments
    private let folder: SessionFolder
    private let coordinators: Coordinators
    private let signals: Int32
    private var spool: Spool
    private var pump: Pump?
    private var errors: ErrorOutput
    private var input: InputPipe?
    private var control: ControlSocket
    private var limits: Limits
    private var reaper: Reaper
    private var startedAt = monotonicMilliseconds()
    private let startedAtWall = wallMilliseconds()
    private var endedAt: Int64?
    private var isPausedForSpace = false
    private var treeMustEnd = false
    private var lastSize: Int64 = 0

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
    private mutating func wait(milliseconds: Int64) {
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

    /// Signals the provider's group; one that is stopped is woken, or it would never see a request to end.
    private func signalProvider(_ number: Int32) {
        kill(-reaper.provider, number)
        if [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(number) { kill(-reaper.provider, SIGCONT) }
    }

    private mutating func serve(_ index: Int) {
        while let command = control.next(index) {
            switch command {
            case .input(let bytes):
                guard let pipe = input, !pipe.isClosed else {
                    control.answer(index, "error standard input is not open")
                    continue
                }
                control.clients[index].isWriting = true
                input?.add(bytes, for: control.clients[index].descriptor)
                writeInput()
            case .closeInput:
                input?.closeAfterQueue()
                control.answer(index, "ok")
            case .signal(let number):
                if [SIGSTOP, SIGTSTP, SIGCONT].contains(number) {
                    ProcessTree.signal(number)
                } else {
                    if Host.ends(number) { limits.noteRequest() }
                    signalProvider(number)
                }
                control.answer(index, "ok")
            case .end:
                limits.noteRequest()
                treeMustEnd = true
                control.answer(index, "ok")
            default: control.answer(index, "ok")
            }
        }
    }

    private static func ends(_ number: Int32) -> Bool {
        [SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, SIGTERM].contains(number)
    }

    private mutating func writeInput() {
        for (client, failed) in input?.write() ?? [] {
            guard let index = control.clients.firstIndex(where: { $0.descriptor == client }) else { continue }
            control.clients[index].isWriting = false
            control.answer(index, failed ? "error the provider does not read its standard input" : "ok")
        }
    }

    /// Ends whatever is left below the host and takes the last bytes out of the pipes. How many processes had to be ended.
    private mutating func finishTree() -> Int {
        let mayLinger = !treeMustEnd
        drain(patiently: false)
        var leftovers = 0
        if reaper.reap() {
            if mayLinger { letLeftoversFinish() }
            if reaper.providerStatus != nil { leftovers = ProcessTree.count(inStates: "RSDTtI") }
            ProcessTree.end(&reaper, signals: signals)
        }
        if endedAt == nil { endedAt = monotonicMilliseconds() }
        drain(patiently: true)
        return leftovers
    }

    /// Waits a moment for leftovers that are about to end: a `tee` at the end of a pipe ends by itself after the provider, and
    /// cutting it off would lose its bytes. Those that sleep (a server left behind) get 40 ms, those that run get a second:
    /// on a busy machine the `tee` may not have had its turn yet.
    private mutating func letLeftoversFinish() {
        let start = monotonicMilliseconds()
        while reaper.reap() {
            let now = monotonicMilliseconds()
            if now - start >= 1000 || (now - start >= 40 && ProcessTree.count(inStates: "RD") == 0) { return }
            wait(milliseconds: 10)
        }
    }

    /// Takes everything out of the pipes. On a full disk bytes are held, for a while if `patiently`, before they are given up.
    private mutating func drain(patiently: Bool) {
        errors.take(in: folder, rounds: 1024)
        guard pump != nil else { return }
        let deadline = monotonicMilliseconds() + 2000
        while true {
            while pump?.move(to: spool.descriptor, rounds: 1024) ?? false {}
            guard patiently, pump?.isBlocked ?? false else { return }
            if monotonicMilliseconds() >= deadline { return spool.noteLoss() }
            poll(nil, 0, 50)
        }
    }

    private func writeHostRecord() throws(Complaint) {
        var record = JSONRecord()
        record.add("protocol", Int64(Arguments.protocolVersion))
        record.add("pid", Int64(getpid()))
        record.add("start_time", ProcessTree.stat(of: getpid())?.startTime)
        let boot = smallFile("/proc/sys/kernel/random/boot_id")
        record.add("boot_id", String(boot.prefix { $0 != "\n" }))
        var status = stat()
        stat("/proc/self/ns/pid", &status)
        record.add("pid_ns", Int64(status.st_ino))
        record.add("provider_pid", Int64(reaper.provider))
        record.add("provider_start_time", ProcessTree.stat(of: reaper.provider)?.startTime)
        record.add("started_at_ms", startedAtWall)
        try folder.replace("host.json", with: record.text, durably: false)
    }

    private mutating func writeExitRecord(leftovers: Int) throws(Complaint) {
        let size = spool.length
        spool.reserveAhead(of: size, grown: 0)
        let length = spool.finish()
        let end = endedAt ?? monotonicMilliseconds()
        var exit = ExitRecord(startedAt: startedAtWall, duration: end - startedAt)
        exit.status = reaper.providerStatus
        exit.spoolLength = length
        exit.endedBy = spool.lostBytes ? "spool_full" : limits.cause?.rawValue
        exit.leftovers = leftovers
        exit.errorBytes = errors.total
        try folder.replace("exit.json", with: exit.text, durably: true)
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
