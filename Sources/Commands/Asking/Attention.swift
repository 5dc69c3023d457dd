import Coordinator
import Glibc
import Model

/// What signals do to an attended run: the first Ctrl+C ends it gently, the second kills, the third leaves at once.
struct Attention {
    let coordinator: Coordinator
    let run: Identifier
    let output: Output
    /// The status to leave with when a signal ended the run.
    private(set) var leaving: ExitCode?
    /// The person has left; the run goes on, or ends, in the background.
    private(set) var hasLeft = false
    /// Whether single keys are heard.
    let keyboard: Keyboard?
    private var presses = 0

    /// Attention for `run`.
    init(coordinator: Coordinator, run: Identifier, output: Output, keyboard: Keyboard?) {
        self.keyboard = keyboard
        self.coordinator = coordinator
        self.run = run
        self.output = output
    }

    /// Obeys one signal.
    mutating func obey(_ signal: Int32, _ display: inout RunDisplay) throws {
        switch signal {
        case SIGINT, SIGTERM:
            presses += 1
            leaving = signal == SIGTERM ? .terminated : leaving ?? .interrupted
            if presses == 1 {
                display.say(
                    "stopping: \(display.liveWords) finish what it is at; press again to kill"
                        + (keyboard == nil ? "" : ", d to leave"))
                // Committed before anything is ended, so that no recovery brings the jobs back.
                try coordinator.cancel(run, exit: leaving ?? .interrupted)
            } else {
                display.say("killing what still runs; press again to leave at once")
                coordinator.kill()
            }
        case SIGHUP:
            // The terminal is gone and the run is not: it is brought to its end without being shown.
            display.leaveTerminal()
        case SIGTSTP:
            // The terminal is the shell's while this process sleeps; hosts and providers go on.
            display.giveAway()
            Keyboard.giveBack()
            raise(SIGSTOP)
            keyboard?.listen()
            display.resize()
        case SIGQUIT: display.dump()
        case SIGWINCH: display.resize()
        default: break
        }
    }

    /// Obeys one key: `d` leaves.
    mutating func obey(key: UInt8) { if key == UInt8(ascii: "d") { hasLeft = true } }
}
