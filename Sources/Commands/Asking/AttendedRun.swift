import Coordinator
import Glibc
import Model
import Settings
import Store

/// A run that a person or a program attends: shows it, obeys signals, prints the answers, and leaves with its status.
///
/// It is a follower of the event log like any other; only signals reach the coordinator directly.
struct AttendedRun {
    /// What the head of the view shows that the events do not say.
    struct Head {
        var provider: String?
        var maxCost: Money?
        var history: [Int64] = []
        /// The jobs of a batch, one behind another.
        var flow: JobFlow?
        /// Tell of tool calls too, where the picture is not drawn.
        var detailed = false
    }

    let coordinator: Coordinator
    let run: Identifier
    let context: CommandContext
    let rule: ExitRule
    let head: Head
    /// The run's events have larger numbers than this.
    let start: Int64
    /// The jobs whose answers are printed; nil is all of the run.
    var only: Set<Identifier>?

    /// Keeps signals for the run that is about to be written: without this, one that comes between its writing and its
    /// being followed would end the command and leave the run to whoever takes it over, who would go on with it.
    static func keepSignals() { _ = Signals.listen([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) }

    /// Begins a run in a coordinator of this process, whose kind is `kind`, and follows it to its end. With a key that exists
    /// already the old run is followed. `head` is asked for when the run is under way.
    static func begin(
        _ prepared: consuming PreparedRun, kind: String, _ limits: LimitSettings, _ store: Store, rule: ExitRule,
        _ context: CommandContext, head: () -> Head
    ) throws {
        keepSignals()
        let coordinator = try Coordinator(
            store: store,
            surroundings: try CoordinatorPlace.surroundings(kind: kind, context: context, limits: limits))
        let start = try store.read { try $0.newestEvent() }
        let ticket = try coordinator.submit(prepared)
        if !ticket.isNew {
            context.output.note("there is a run with this key already: \(ticket.run.short); nothing was started")
            try CoordinatorPlace.goOn(store, context)
        }
        try AttendedRun(
            coordinator: coordinator, run: ticket.run, context: context, rule: rule, head: head(),
            start: ticket.isNew ? start : 0
        ).follow()
    }

    /// Follows the run to its end; throws `Exit` with the run's status unless all is well.
    func follow() throws {
        let store = coordinator.store
        let signals = Signals.listen([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP])
        var display = try RunDisplay(context, head: head)
        let keyboard = display.isLive && !context.noInput ? Keyboard() : nil
        defer { Keyboard.giveBack() }
        display.canLeave = keyboard != nil
        var attention = Attention(coordinator: coordinator, run: run, output: context.output, keyboard: keyboard)
        context.output.onBrokenPipe { [coordinator, run, output = context.output] in
            // Nobody gets the answers any more: stop spending on them.
            try? coordinator.cancel(run, exit: output.broken ?? .brokenPipe)
        }
        var filter = EventFilter()
        filter.runs = [run]
        if !display.wantsText {
            filter.types = Set(EventType.allCases).subtracting([.textDelta, .textReset, .textBlock, .thinkingDelta])
        }
        var cursor = EventCursor(store, after: start, filter: filter)
        var lastLook = ContinuousClock.now
        var nextLookAtPools = lastLook
        let news = NewsWaiter(storePath: store.path, signals: signals, keyboard: keyboard)
        do {
            while true {
                lastLook = .now
                // Asked before the page is read: what was written before the end is then on the page.
                // The store's word counts too: the run may not be claimed yet, or be another coordinator's.
                let isOver = try coordinator.wait(for: run, seconds: 0) && LogFollow.isOver(.run(run), in: store)
                let page = try cursor.next()
                for event in page.events { display.take(event) }
                if display.showsClosedPools, lastLook >= nextLookAtPools {
                    nextLookAtPools = lastLook + .seconds(1)
                    display.take(closed: try store.read { try ClosedPools.holding(runs: [run], in: $0) }, of: run)
                }
                display.draw()
                guard page.next >= page.newest else { continue }
                if isOver { break }
                let rested = lastLook.duration(to: .now)
                let rest = display.restMilliseconds - Int32(clamping: rested.wholeMilliseconds)
                if case .signal(let signal) = news.rest(milliseconds: rest) { try attention.obey(signal, &display) }
                switch news.wait(milliseconds: display.pauseMilliseconds) {
                case .signal(let signal): try attention.obey(signal, &display)
                case .key(let key): attention.obey(key: key)
                case .perhaps: break
                }
                if attention.hasLeft { break }
            }
        } catch {
            // A terminal is always given back as it was found.
            display.close()
            throw error
        }
        coordinator.close()
        // The last one that leaves folds the log into the file.
        defer { store.close() }
        // The run is over: what cannot be written from here on changes nothing of it.
        context.output.onBrokenPipe {}
        if attention.hasLeft { try leave(attention, &display) }
        try finish(store, attention, &display)
    }

    /// Says where the run goes on: the coordinator has handed it over to one in the background.
    private func leave(_ attention: Attention, _ display: inout RunDisplay) throws {
        display.close()
        context.output.note(
            attention.leaving == nil
                ? "run \(run.short) goes on in the background    follow: tutti logs -f \(run.short)    stop: tutti cancel \(run.short)"
                : "run \(run.short) ends in the background    wait for it: tutti wait \(run.short)")
        throw Exit(attention.leaving ?? .success)
    }

    private func finish(_ store: Store, _ attention: Attention, _ display: inout RunDisplay) throws {
        display.close()
        guard let detail = try store.read({ try $0.runDetail(run, withMessages: false) }) else {
            throw ShowCommand.gone(.run(run))
        }
        if !display.isJSON { try tellAnswers(of: detail, store, saysFailures: !display.isLive) }
        display.summary()
        if !display.isJSON {
            for warning in detail.jobs.compactMap(UnreadWords.warning) { context.output.note(error: warning) }
        }
        if !display.isJSON, let stop = BudgetWords.stop(of: detail) ?? BudgetWords.overshoot(of: detail) {
            context.output.note(error: stop)
        }
        if let broken = context.output.broken { throw Exit(broken) }
        if let signal = attention.leaving { throw Exit(signal) }
        let exit = detail.run.exit.flatMap { ExitCode(rawValue: $0) } ?? .internalError
        throw Exit(exit == .someFailed || exit == .providerUnavailable ? judged(detail, exit) : exit)
    }

    private func tellAnswers(of detail: RunDetail, _ store: Store, saysFailures: Bool) throws {
        let output = context.output
        let merged = detail.run.outcome.flatMap { JSONReader.value($0) }?["merged"]?.string
        if let merged { output.write(shown(merged.hasSuffix("\n") ? merged : merged + "\n")) }
        // Where the first few answers were enough, what the others had begun to say is no answer.
        let enough = JSONReader.value(detail.run.spec).flatMap { RunSpec($0) }?.enough != nil
        let isOnly =
            detail.jobs.count {
                $0.message != nil && only?.contains($0.id) ?? true && (!enough || $0.state == .completed)
            } == 1
        var isFirst = true
        var failed: [TuttiError] = []
        try Answers.forEach(of: detail, in: store, only: only) { answer in
            let isShown = merged == nil && (!enough || answer.message.status == .completed)
            if answer.message.status == .failed { failed.append(Answers.interruption(answer, isAbove: isShown)) }
            guard isShown else { return }
            if isOnly { return output.write(Answers.whole(answer, on: output.data)) }
            output.write((isFirst ? "" : "\n") + Answers.section(answer, on: output.data))
            isFirst = false
        }
        // Quiet is for progress and notes: what failed, why, and the way on are said all the same.
        if saysFailures { for error in failed { output.note(error: error) } }
    }

    private func shown(_ text: String) -> String {
        context.output.data.isTerminal ? context.output.data.safe(text) : text
    }

    private func judged(_ detail: RunDetail, _ exit: ExitCode) -> ExitCode {
        switch rule {
        case .any: exit
        case .none: .success
        case .all: detail.jobs.contains { $0.state == .completed } ? .success : exit
        }
    }
}
