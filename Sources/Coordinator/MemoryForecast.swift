import EventLoop
import Model
import Providers

/// How much memory the sessions that have just begun will come to need, by what those before them needed.
///
/// An agent takes its memory in its first seconds, and all that fit by what is free at one moment would be started at once: a
/// hundred of 400 MiB each where there is room for ten. So a young session counts as what it will be.
struct MemoryForecast {
    /// What is asked: by the same provider in the same module, it is likely to need the same.
    struct Kind: Hashable, Sendable {
        let provider: String
        let module: String?
    }

    private struct Young {
        let kind: Kind
        let began: Monotonic
        /// The provider's process, once it runs.
        var pid: Int32?
    }

    /// Peaks of the last sessions in bytes, the newest last.
    private var peaks: [Kind: [Int64]] = [:]
    private var young: [Identifier: Young] = [:]
    /// What living sessions of a provider promise to need, as long as none of it has ended.
    private var promises: [String: Int64] = [:]

    /// How many sessions of a kind are remembered.
    static let memory = 8
    /// How long a session takes to become as large as it will be.
    static let youth = Duration.seconds(10)
    /// From this age on the memory of a session tells how large it will be: at least half of that is there.
    static let telling = Duration.milliseconds(500)
    /// Programs that need less than this are not reckoned with: what is free says soon enough what they took.
    static let smallest: Int64 = 32 << 20

    /// What a session of a provider is taken to need before one was seen: the median of recorded runs of `claude` and `codex`.
    /// Nil is nothing that anybody knows.
    static func usual(_ kind: ProviderKind) -> Int64? {
        switch kind {
        case .claude: 200 << 20
        case .codex: 150 << 20
        case .jsonl, .plain, .offline, .replay: nil
        }
    }

    /// A session begins.
    mutating func began(_ session: Identifier, _ kind: Kind, at now: Monotonic) {
        young[session] = Young(kind: kind, began: now)
    }

    /// The provider of a session runs, as this process.
    mutating func runs(_ session: Identifier, as pid: Int32?) { young[session]?.pid = pid }

    /// Looks at sessions of providers of which none has ended yet; `resident` is the memory of a process in bytes.
    mutating func look(at now: Monotonic, resident: (Int32) -> Int64?) {
        var looks = 16
        for session in young.values {
            let provider = session.kind.provider
            guard let pid = session.pid, now - session.began >= MemoryForecast.telling,
                peaks[Kind(provider: provider, module: nil)] == nil, let bytes = resident(pid)
            else { continue }
            promises[provider] = max(promises[provider] ?? 0, bytes.saturating(plus: bytes))
            looks -= 1
            if looks == 0 { return }
        }
    }

    /// A session has ended; `peak` is the most memory that one of its processes held, in bytes, where that is known.
    mutating func ended(_ session: Identifier, _ kind: Kind, peak: Int64?) {
        forget(session)
        if let peak, peak > 0 { learn(kind, peak) }
    }

    /// A session does not begin after all.
    mutating func forget(_ session: Identifier) { young[session] = nil }

    /// A session of this kind once needed `peak` bytes.
    mutating func learn(_ kind: Kind, _ peak: Int64) {
        // By its provider alone it is looked up where the module is new.
        for kind in kind.module == nil ? [kind] : [kind, Kind(provider: kind.provider, module: nil)] {
            peaks[kind, default: []].append(peak)
            if peaks[kind, default: []].count > MemoryForecast.memory { peaks[kind]?.removeFirst() }
        }
    }

    /// The most that the last sessions of this kind needed, else what those that live promise, else what is `usual`.
    func need(_ kind: Kind, usual: Int64?) -> Int64 {
        let known = peaks[kind] ?? peaks[Kind(provider: kind.provider, module: nil)]
        let need = known?.max() ?? promises[kind.provider] ?? usual ?? 0
        return need < MemoryForecast.smallest ? 0 : need
    }

    /// What the young sessions will still take: all of it at first, and nothing more when they are grown.
    mutating func growth(at now: Monotonic, usual: (String) -> Int64?) -> Int64 {
        let kept = young.filter { now - $0.value.began < MemoryForecast.youth }
        young = kept
        var sum: Int64 = 0
        for session in kept.values {
            let left = 1 - (now - session.began) / MemoryForecast.youth
            sum = sum.saturating(plus: Int64(Double(need(session.kind, usual: usual(session.kind.provider))) * left))
        }
        return sum
    }
}
