import CLibuv
import Glibc

/// What inotify says.
extension FileFollower {
    func openInotify() {
        guard options.usesInotify, inotify < 0, !isClosed else { return }
        let descriptor = inotify_init1(Int32(O_NONBLOCK | O_CLOEXEC))
        // No instance left (128 per user): the sweep does the work, and the next folder tries again.
        guard descriptor >= 0 else { return }
        do throws(LoopError) {
            let loop = unsafe loop.raw
            let poll = try unsafe OpenHandle(
                uv_poll_t.self, owner: self, attempt: "watch folders", onClosed: { Glibc.close(descriptor) },
                open: { unsafe uv_poll_init(loop, $0, descriptor) })
            self.poll = poll
            inotify = descriptor
            awaitNotices()
        } catch {
            Glibc.close(descriptor)
        }
    }

    /// Lets the loop wake when there is a notice.
    private func awaitNotices() {
        guard let poll else { return }
        unsafe uv_poll_start(poll.pointer(uv_poll_t.self), Int32(UV_READABLE.rawValue)) { poll, _, _ in
            let follower = unsafe OpenHandle.owner(poll, as: FileFollower.self)
            follower?.assumeIsolated { $0.readNotices() }
        }
    }

    /// After notices that came without a pause (`isBusy`), lets the next ones gather; else waits for the next one.
    private func letNoticesGather(_ isBusy: Bool) {
        guard let poll, !isClosed else { return }
        guard isBusy else {
            if isGathering { awaitNotices() }
            isGathering = false
            return
        }
        if pause == nil { pause = LoopTimer(loop) { [weak self] in self?.assumeIsolated { $0.readNotices() } } }
        if !isGathering { unsafe uv_poll_stop(poll.pointer(uv_poll_t.self)) }
        isGathering = true
        // A timer that cannot be set would be an error of ours: its handle is initialised without any resource.
        pause?.assumeIsolated { [moment = noticedAt + options.gathering] in try? $0.set(to: moment) }
    }

    func readNotices() {
        guard inotify >= 0 else { return }
        // The first notice after a silence is never kept waiting.
        let silence = Monotonic.now - noticedAt
        // One read per turn, of up to 2,000 notices: the kernel keeps the others, and joins equal neighbours meanwhile.
        let count = unsafe read(inotify, notices.bytes.baseAddress, notices.bytes.count)
        defer {
            if count > 0 { noticedAt = .now }
            letNoticesGather(count > 0 && silence < options.gathering + options.gathering)
        }
        var position = 0
        while position < count {
            guard let base = unsafe notices.bytes.baseAddress else { return }
            let notice = unsafe tutti_notice_at(base + position)
            position += unsafe notice.size
            let mask = unsafe notice.mask
            if mask & UInt32(IN_Q_OVERFLOW) != 0 {
                sweep(all: true)
            } else if let slot = unsafe byWatch[notice.watch] {
                if mask & UInt32(IN_IGNORED) != 0 {
                    // The folder is gone, or was on a file system that went: only the sweep is left.
                    unsafe byWatch[notice.watch] = nil
                    folders[slot]?.watch = -1
                    blind += 1
                    schedule()
                } else if let name = unsafe notice.name {
                    unsafe noticed(slot, mask, name)
                }
            }
        }
        turn()
    }

    func noticed(_ slot: Int, _ mask: UInt32, _ name: UnsafePointer<CChar>) {
        if mask & UInt32(IN_MODIFY) != 0 {
            if unsafe strcmp(name, growing) == 0 { enqueue(slot) }
        } else if let index = names.firstIndex(where: { unsafe strcmp(name, $0) == 0 }) {
            tellAppeared(slot, index)
        }
    }
}
