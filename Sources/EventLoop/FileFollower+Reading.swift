import CLibuv
import CLinux
import Glibc

/// Whose turn it is, and one piece of one file.
extension FileFollower {
    func enqueue(_ slot: Int) {
        guard let state = folders[slot], !state.isQueued else { return }
        state.isQueued = true
        queue.append(slot)
    }

    /// Reads what is queued, each file once, until the turn's share is used up.
    func turn() {
        var share = options.bytesPerTurn
        let end = queue.count
        while queueHead < end, share > 0, !isClosed, options.mayRead() {
            let slot = queue[queueHead]
            queueHead += 1
            folders[slot]?.isQueued = false
            share -= readOnce(slot)
        }
        if queueHead == queue.count {
            queue.removeAll(keepingCapacity: true)
            queueHead = 0
        } else if queueHead > 4096 {
            queue.removeFirst(queueHead)
            queueHead = 0
        }
        keepTurning()
    }

    /// Lets the loop come back at once while something is queued and may be read, and sleep when nothing is.
    func keepTurning() {
        let hasWork = queueHead < queue.count && !isClosed
        guard hasWork, options.mayRead() else {
            if let idle { unsafe uv_idle_stop(idle.pointer(uv_idle_t.self)) }
            if hasWork { askAgain() }
            return
        }
        if idle == nil {
            let loop = unsafe loop.raw
            idle = try? unsafe OpenHandle(uv_idle_t.self, owner: self, attempt: "open an idle handle") {
                unsafe uv_idle_init(loop, $0)
            }
        }
        guard let idle else { return }
        unsafe uv_idle_start(idle.pointer(uv_idle_t.self)) { idle in
            let follower = unsafe OpenHandle.owner(idle, as: FileFollower.self)
            follower?.assumeIsolated { $0.turn() }
        }
    }

    /// Whoever takes the bytes cannot have more of them now.
    private func askAgain() {
        if patience == nil { patience = LoopTimer(loop) { [weak self] in self?.assumeIsolated { $0.turn() } } }
        // A timer that cannot be set would be an error of ours: its handle is initialised without any resource.
        patience?.assumeIsolated { [moment = Monotonic.now + options.secondAsking] in try? $0.set(to: moment) }
    }

    /// Reads one piece of one file, and gives the number of bytes.
    func readOnce(_ slot: Int) -> Int {
        if folders[slot]?.isNew == true {
            folders[slot]?.isNew = false
            lookForNames(slot)
        }
        guard let state = folders[slot], !state.isBroken else {
            tellEnd(slot)
            return 0
        }
        var file = state.file
        if file < 0 {
            file = openFile(slot)
            guard file >= 0 else {
                // No descriptor left: the sweep tries again. Everything else means that there is nothing to read.
                if errno != EMFILE, errno != ENFILE, errno != ENOMEM, errno != EINTR { tellEnd(slot) }
                return 0
            }
        }
        let offset = state.offset
        let count = unsafe pread(file, slab.bytes.baseAddress, slab.bytes.count, off_t(offset))
        defer { letGo(state) }
        guard count > 0 else {
            if count == 0 { _ = unread(slot) }
            if count == 0 || errno != EINTR { tellEnd(slot) } else { enqueue(slot) }
            return 0
        }
        state.offset = offset + Int64(count)
        state.silentSweeps = 0
        let key = FollowedFolder(slot: slot, generation: state.generation)
        unsafe callbacks.bytes(key, offset, UnsafeRawBufferPointer(rebasing: slab.bytes[..<count]))
        // A full buffer says that there is more; a short one that this was the end at that moment.
        if unsafe count == slab.bytes.count { enqueue(slot) } else if isCurrent(key) { tellEnd(slot) }
        return count
    }

    /// Opens the growing file of a slot, and keeps the descriptor; -1 and errno when that does not work.
    func openFile(_ slot: Int) -> Int32 {
        guard let state = folders[slot] else { return -1 }
        let path = "\(state.path)/\(growing)"
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        // Noting the time of reading made every line that was read a change of the file's inode.
        var file = unsafe open(path, flags | tutti_open_unnoted)
        if file < 0, errno == EPERM { file = unsafe open(path, flags) }
        guard file >= 0 else { return -1 }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, state.inode == 0 || state.inode == status.st_ino else {
            Glibc.close(file)
            tellShrank(slot, to: 0)
            errno = ENOENT
            return -1
        }
        state.inode = status.st_ino
        state.isKept = fullSweeps - state.openedAfter <= 1
        state.openedAfter = fullSweeps
        state.file = file
        state.silentSweeps = 0
        return file
    }

    /// Closes a file that was read once after a silence: each descriptor of ours makes every start of a process slower, and
    /// a thousand that were just started would have one each for their first line. The second read keeps it open.
    private func letGo(_ state: Folder) {
        guard state.file >= 0, !state.isKept, !state.isQueued, !state.wantsEnd else { return }
        Glibc.close(state.file)
        state.file = -1
    }

    func tellShrank(_ slot: Int, to length: Int64) {
        guard let state = folders[slot], !state.isBroken else { return }
        state.isBroken = true
        callbacks.shrank(FollowedFolder(slot: slot, generation: state.generation), state.offset, length)
    }

    func tellEnd(_ slot: Int) {
        guard let state = folders[slot], state.wantsEnd else { return }
        state.wantsEnd = false
        callbacks.reachedEnd(FollowedFolder(slot: slot, generation: state.generation), state.offset)
    }
}
