import Model
import Store

/// What `tutti top` shows and wants: rows, pages and keys come in, a picture and wishes go out. It reads nothing itself.
struct TopMachine: Sendable {
    /// What a key asks of whoever holds the store and the terminal.
    enum Action: Hashable, Sendable {
        case none, quit
        /// The person wants to see a job, or its page no more.
        case open(Identifier), close
        /// Agreed to already.
        case cancel(Identifier), retry(Identifier)
    }

    /// What the keys mean now.
    enum Mode: Hashable, Sendable {
        case list
        /// The text of a filter is typed; the one before comes back with escape.
        case filtering(before: String)
        /// A wish waits for a yes.
        case confirming(Action, question: String)
        /// The page of a job.
        case page(Identifier)
        case help
    }

    private(set) var mode = Mode.list
    private(set) var order = TopOrder.state
    private(set) var filter = ""
    /// What is over is shown, too.
    private(set) var showsAll = false
    /// Something to say below the rows, until the next key.
    var message = ""
    var counts = StoreCounts()
    /// The page's lines, as they are drawn for this surface.
    var page: [String] = []
    private(set) var pageTop = 0
    private var rows: [WorkRow] = []
    private(set) var shown: [WorkRow] = []
    /// The job that is marked; it stays marked wherever it goes.
    private(set) var selected: Identifier?
    private var place = 0
    private var query: RowQuery?
    private var queryError: String?

    /// Takes in how things stand.
    mutating func update(_ rows: [WorkRow], _ counts: StoreCounts, at now: Timestamp) {
        self.rows = rows
        self.counts = counts
        arrange(at: now)
    }

    /// What is wrong with the filter that is typed; nil when it can be asked.
    var filterProblem: String? { queryError }

    /// A key was pressed; `height` is that of the page of rows.
    mutating func press(_ key: TopKey, height: Int, at now: Timestamp) -> Action {
        message = ""
        switch mode {
        case .list: return pressInList(key, height, now)
        case .filtering(let before): pressInFilter(key, before, now)
        case .confirming(let wish, _):
            mode = .list
            if key == .character("y") || key == .character("Y") { return wish }
            message = "left as it is"
        case .page(let job): return pressInPage(key, job, height)
        case .help: mode = .list
        }
        return .none
    }

    private mutating func pressInList(_ key: TopKey, _ height: Int, _ now: Timestamp) -> Action {
        switch key {
        case .character("q"): return .quit
        case .character("?"), .character("h"): mode = .help
        case .character("/"): mode = .filtering(before: filter)
        case .character("s"):
            order = order.next
            arrange(at: now)
        case .character("a"):
            showsAll.toggle()
            message = showsAll ? "what is over is shown, too" : "what is over is left out"
        case .escape:
            filter = ""
            arrange(at: now)
        case .down, .character("j"): move(by: 1)
        case .up, .character("k"): move(by: -1)
        case .pageDown, .character(" "): move(by: height)
        case .pageUp, .character("b"): move(by: -height)
        case .first, .character("g"): move(by: -shown.count)
        case .last, .character("G"): move(by: shown.count)
        case .enter:
            guard let selected else { break }
            mode = .page(selected)
            (page, pageTop) = ([], 0)
            return .open(selected)
        case .character("c"): ask(.cancel)
        case .character("r"): ask(.retry)
        default: break
        }
        return .none
    }

    private enum Wish { case cancel, retry }

    private mutating func ask(_ wish: Wish) {
        guard let row = shown.first(where: { $0.job.id == selected }) else { return }
        let name = row.job.module ?? row.job.kind
        switch wish {
        case .cancel where row.job.state.isFinal: message = "\(name) is over already"
        case .cancel: mode = .confirming(.cancel(row.job.id), question: "cancel \(name)?")
        case .retry where !row.job.state.isFinal: message = "\(name) is not over: \(row.state)"
        case .retry where row.job.state == .completed:
            message = "\(name) has an answer; ask again: tutti retry \(row.job.id.short)"
        case .retry: mode = .confirming(.retry(row.job.id), question: "ask \(name) again?")
        }
    }

    private mutating func pressInFilter(_ key: TopKey, _ before: String, _ now: Timestamp) {
        switch key {
        case .enter:
            if let queryError {
                message = queryError
                filter = before
            }
            mode = .list
        case .escape:
            filter = before
            mode = .list
        case .erase: filter = String(filter.dropLast())
        case .character(let character): filter.append(character)
        default: break
        }
        arrange(at: now)
    }

    private mutating func pressInPage(_ key: TopKey, _ job: Identifier, _ height: Int) -> Action {
        let most = max(0, page.count - height)
        switch key {
        case .character("q"), .escape, .enter:
            mode = .list
            return .close
        case .down, .character("j"): pageTop = min(most, pageTop + 1)
        case .up, .character("k"): pageTop = max(0, pageTop - 1)
        case .pageDown, .character(" "): pageTop = min(most, pageTop + height)
        case .pageUp, .character("b"): pageTop = max(0, pageTop - height)
        case .first, .character("g"): pageTop = 0
        case .last, .character("G"): pageTop = most
        default: break
        }
        return .none
    }

    private mutating func move(by count: Int) {
        guard !shown.isEmpty else { return }
        place = min(shown.count - 1, max(0, place + count))
        selected = shown[place].job.id
    }

    /// Filters and orders; the marked job keeps its mark, and when it is gone the one in its place gets it.
    private mutating func arrange(at now: Timestamp) {
        queryError = nil
        do throws(TuttiError) {
            let asked = try RowQuery(filter.split(separator: " ").map(String.init))
            try asked.check(WorkRow.fields)
            query = asked
        } catch {
            // What is half typed does not empty the screen.
            queryError = error.message
        }
        shown = rows.filter { row in (try? query?.matches(row.record(at: now))) ?? true }.sorted {
            order.isAbove($0, $1, at: now)
        }
        if let found = shown.firstIndex(where: { $0.job.id == selected }) {
            place = found
        } else {
            place = min(place, max(0, shown.count - 1))
            selected = shown.isEmpty ? nil : shown[place].job.id
        }
    }

    /// The first row of a window of `height` rows that holds the marked one.
    func window(_ height: Int) -> Int {
        max(0, min(place - height / 2, shown.count - height))
    }
}
