import CLinux
import Glibc

/// What coordinators ask for.
extension Host {
    /// Signals the provider's group; one that is stopped is woken, or it would never see a request to end.
    func signalProvider(_ number: Int32) {
        // Once it is reaped its number may belong to a stranger.
        guard reaper.providerStatus == nil else { return }
        // A provider that left its group is meant all the same.
        if kill(-reaper.provider, number) != 0 { kill(reaper.provider, number) }
        if [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(number) { kill(-reaper.provider, SIGCONT) }
    }

    mutating func serve(_ index: Int) {
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
                guard reaper.providerStatus == nil else {
                    control.answer(index, "error the provider has ended")
                    continue
                }
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

    mutating func writeInput() {
        for (client, failed) in input?.write() ?? [] {
            guard let index = control.clients.firstIndex(where: { $0.descriptor == client }) else { continue }
            control.clients[index].isWriting = false
            control.answer(index, failed ? "error the provider does not read its standard input" : "ok")
        }
    }
}
