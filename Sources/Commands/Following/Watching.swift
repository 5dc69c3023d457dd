import Glibc
import Model

/// `-w`: shows a listing again and again; in place on a terminal, as blocks in a pipe.
enum Watching {
    /// Presents what `make` gives, once, or every `interval` until Ctrl+C (which leaves with 130).
    static func `repeat`(
        every interval: String?, _ context: CommandContext, _ make: (Surface) throws -> Listing,
        present: (Listing) throws -> Void
    ) throws {
        guard let interval else { return try present(make(context.output.data)) }
        guard let period = Spans.milliseconds(interval), period >= 100 else {
            throw TuttiError(.usage, "\"\(interval)\" is not a pause.", hint: "write --watch=2s")
        }
        let signals = Signals.listen([SIGINT, SIGTERM, SIGWINCH])
        let isLive =
            context.output.data.isTerminal && Terminal.redraws(context.environment) && !context.wantsJSON
            && !context.options.plain
        while true {
            if isLive { context.output.write("\u{1B}[H\u{1B}[2J") }
            try present(make(context.output.data))
            if !isLive, !context.wantsJSON { context.output.line("") }
            var waiting = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, Int32(clamping: period))
            while let signal = signals.next() {
                if signal == SIGINT { throw Exit(.interrupted) }
                if signal == SIGTERM { throw Exit(.terminated) }
                if signal == SIGWINCH { context.output.resize(context.environment) }
            }
        }
    }
}
