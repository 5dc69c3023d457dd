import Glibc
import Model
import Store

/// Shows a run in the way that was chosen: drawn in place, as lines, as JSON lines, or not at all.
struct RunDisplay {
    private enum Mode {
        case live, plain, json, quiet
    }

    private let context: CommandContext
    private let lines: EventLines
    private var mode: Mode
    /// The picture is drawn, or was until the terminal went. Only one of the two is told of the run: the picture keeps what it
    /// has not drawn.
    private let isDrawn: Bool
    private var view = FanOutView()
    private var plain: PlainProgress
    private var screen: LiveScreen
    private var surface: Surface
    private var lastDraw: ContinuousClock.Instant?
    private var isDirty = true
    /// From one picture to the next: eight times what the last one cost, so that a thousand rows do not take a processor,
    /// and one row shows its first word at once.
    private var pause = RunDisplay.leastPause

    private static let leastPause = Duration.milliseconds(30)
    private static let longestPause = Duration.milliseconds(100)

    /// A display for what the context's options and terminal allow.
    init(_ context: CommandContext, head: AttendedRun.Head) throws {
        self.context = context
        lines = try EventLines(context.options, on: context.output.data)
        surface = context.output.notes
        screen = LiveScreen(context.output)
        plain = PlainProgress(
            utcOffset: WallClock.utcOffset(at: WallClock.now()), detailed: context.output.verbose || head.detailed)
        let redraws = surface.isTerminal && Terminal.redraws(context.environment)
        switch context.progress {
        case .json: mode = .json
        case .quiet: mode = .quiet
        case .plain: mode = .plain
        case .tty: mode = .live
        case .auto:
            mode =
                context.wantsJSON
                ? .json : context.output.quiet ? .quiet : redraws ? .live : .plain
        }
        if context.wantsJSON { mode = .json }
        isDrawn = mode == .live
        view.progress.provider = head.provider
        view.progress.maxCost = head.maxCost
        view.history = head.history
        view.flow = head.flow
        view.showsTables = context.output.verbose || head.detailed
    }

    /// Whether the person can leave by a key, which the head of the view then says.
    var canLeave: Bool {
        get { view.canLeave }
        set { view.canLeave = newValue }
    }

    /// Gives the terminal to somebody else for a while.
    mutating func giveAway() {
        if mode == .live { screen.close(view.takeScrolled(on: surface)) }
        isDirty = true
    }

    /// True when standard output carries events and nothing else.
    var isJSON: Bool { mode == .json }

    /// True when the picture is drawn in place and ends with a summary.
    var isLive: Bool { mode == .live }

    /// True when the pieces of text themselves are shown; otherwise reading them would only cost time.
    var wantsText: Bool { mode == .json || mode == .live }

    /// The least time between two looks at the log, in milliseconds: every look has a price, and nobody reads faster.
    var restMilliseconds: Int32 {
        switch mode {
        case .json: 10
        case .live: pauseInMilliseconds
        case .plain, .quiet: 100
        }
    }

    /// How long to wait for news before time alone changes the picture.
    var pauseMilliseconds: Int32 { mode == .live && isDirty ? pauseInMilliseconds : 250 }

    /// The pause in whole milliseconds, so long that it is over afterwards.
    private var pauseInMilliseconds: Int32 { Int32(clamping: pause.components.attoseconds / 1_000_000_000_000_000 + 1) }

    /// Takes in one event of the run.
    mutating func take(_ stored: StoredEvent) {
        if mode == .json { return context.output.jsonLine(lines.line(stored.line)) }
        let event = Event(stored)
        isDirty = true
        if isDrawn {
            view.apply(event)
        } else if let line = plain.apply(event), mode == .plain {
            context.output.note(line)
        }
    }

    private var progress: RunProgress { isDrawn ? view.progress : plain.progress }

    /// Draws the picture again, unless that was done a moment ago.
    mutating func draw() {
        guard mode == .live else { return }
        let began = ContinuousClock.now
        if let lastDraw, began - lastDraw < pause { return }
        lastDraw = began
        isDirty = false
        screen.draw(view.live(on: surface, now: WallClock.now()), above: view.takeScrolled(on: surface))
        pause = min(max((.now - began) * 8, RunDisplay.leastPause), RunDisplay.longestPause)
    }

    /// True when pauses are shown; otherwise nobody has to look for them.
    var showsClosedPools: Bool { mode == .live || mode == .plain }

    /// Takes in which pools that only a person opens the run waits for now.
    mutating func take(closed pools: [ClosedPool], of run: Identifier) {
        guard pools != view.closed else { return }
        view.closed = pools
        isDirty = true
        if mode == .plain { context.output.note(plain.closed(pools, run: run, at: WallClock.now())) }
    }

    /// Removes the live part, so that answers can be printed.
    mutating func close() {
        if mode == .live { screen.close(view.takeScrolled(on: surface)) }
    }

    /// The block that stays below the answers.
    func summary() {
        if mode == .live {
            context.output.note(FanOutSummary.lines(progress, on: surface).joined(separator: "\n"))
        }
    }

    /// How many sessions run, in words.
    var liveWords: String {
        let count = progress.count(.running) + progress.count(.needsInput)
        return count == 1 ? "the running session may" : "each of \(count) running sessions may"
    }

    /// Tells the person something at once.
    mutating func say(_ words: String) {
        guard mode != .json else { return }
        if mode == .live {
            screen.draw(view.live(on: surface, now: WallClock.now()), above: view.takeScrolled(on: surface) + [words])
        } else {
            context.output.notesWrite("tutti: " + words + "\n")
        }
    }

    /// The terminal is gone: draw no more.
    mutating func leaveTerminal() {
        if mode == .live || mode == .plain { mode = .quiet }
    }

    /// The size of the terminal changed.
    mutating func resize() {
        let fresh = Terminal.surface(2, colour: surface.colour ? .always : .never, environment: context.environment)
        surface.width = fresh.width
        surface.height = fresh.height
    }

    /// Writes where every session is, for somebody who wonders.
    mutating func dump() {
        for row in progress.rows {
            let line = "\(row.module): \(row.standing), attempt \(row.attempt), session \(row.session?.text ?? "none")"
            if mode == .live {
                say(surface.safeLine(line))
            } else {
                context.output.notesWrite(surface.safeLine(line) + "\n")
            }
        }
    }
}
