import CLibuv
import Glibc

/// The net below inotify: what it missed is found by looking.
extension FileFollower {
    /// Looks at a file's length: how many bytes of it are not read yet.
    func unread(_ slot: Int) -> Int64 {
        guard let state = folders[slot], !state.isBroken else { return 0 }
        var status = stat()
        if state.file >= 0 {
            guard unsafe fstat(state.file, &status) == 0 else { return 0 }
        } else if unsafe lstat("\(state.path)/\(growing)", &status) != 0 {
            // Not there yet; or taken away while it was closed, which nobody may do.
            if state.inode != 0 { tellShrank(slot, to: 0) }
            return 0
        }
        let length = Int64(status.st_size)
        if length < state.offset { tellShrank(slot, to: length) }
        return max(0, length - state.offset)
    }

    /// Closes a file that has been silent for two full sweeps: agents are silent most of the time, and each descriptor of
    /// ours makes every start of a process slower.
    func rest(_ slot: Int) {
        guard let state = folders[slot], state.file >= 0, !state.isQueued, !state.wantsEnd else { return }
        state.silentSweeps += 1
        guard state.silentSweeps >= 2 else { return }
        Glibc.close(state.file)
        state.file = -1
    }

    func lookForNames(_ slot: Int) {
        guard let state = folders[slot] else { return }
        for index in names.indices where state.seen & (1 << UInt32(index)) == 0 {
            if unsafe access("\(state.path)/\(names[index])", F_OK) == 0 { tellAppeared(slot, index) }
        }
    }

    func tellAppeared(_ slot: Int, _ index: Int) {
        guard let state = folders[slot], state.seen & (1 << UInt32(index)) == 0 else { return }
        state.seen |= 1 << UInt32(index)
        callbacks.appeared(FollowedFolder(slot: slot, generation: state.generation), index)
    }

    func sweep(all: Bool) {
        let isHeldBack = !options.mayRead()
        var total: Int64 = 0
        for slot in folders.indices {
            guard let state = folders[slot], all || state.watch < 0 else { continue }
            let unread = unread(slot)
            total += unread
            if unread > 0 || state.wantsEnd { enqueue(slot) } else if all { rest(slot) }
            if unread > 0, isHeldBack {
                callbacks.waits(FollowedFolder(slot: slot, generation: state.generation))
            }
            lookForNames(slot)
        }
        if all { callbacks.swept(total) }
    }

    func schedule() {
        guard !isClosed, counts.folders > 0 else { return }
        if timer == nil {
            timer = LoopTimer(loop) { [weak self] in self?.assumeIsolated { $0.tick() } }
            nextFullSweep = Monotonic.now + options.sweep
        }
        // Not moved on by the next folder: under a steady stream of new ones it would never come.
        if blind == 0 {
            nextBlindSweep = Monotonic(nanoseconds: .max)
        } else if nextBlindSweep.nanoseconds == .max {
            nextBlindSweep = Monotonic.now + options.blindSweep
        }
        // A timer that cannot be set would be an error of ours: its handle is initialised without any resource.
        timer?.assumeIsolated { [nextFullSweep, nextBlindSweep] in
            try? $0.set(to: min(nextFullSweep, nextBlindSweep))
        }
    }

    func tick() {
        let now = Monotonic.now
        let isFull = now >= nextFullSweep
        if isFull {
            nextFullSweep = now + options.sweep
            fullSweeps += 1
        }
        nextBlindSweep = Monotonic(nanoseconds: .max)
        sweep(all: isFull)
        turn()
        schedule()
    }
}
