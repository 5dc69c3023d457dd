import CLibuv
import Glibc

/// Follows one growing file in each of many folders, and notices when certain other files appear beside it.
///
/// One inotify descriptor for all folders, one buffer for all reads, one open descriptor per file. inotify is a hint and
/// never the truth: every second all files are looked at, and where no watch can be had every 20 ms. A busy file is read in
/// pieces, and the others have their turn in between.
@safe package actor FileFollower {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let growing: String
    private let names: [String]
    private let options: FollowerOptions
    private let callbacks: FollowerCallbacks

    private struct Folder {
        var path: String
        var generation: UInt32
        var file: Int32 = -1
        /// -1 without a watch.
        var watch: Int32 = -1
        var offset: Int64 = 0
        /// One bit for each of `names` that has been seen.
        var seen: UInt32 = 0
        var isQueued = false
        var isBroken = false
        var wantsEnd = false
        /// Until the first look, which is left to the loop: the owner does not know the folder's name before.
        var isNew = true
    }

    private var folders: [Folder?] = []
    private var free: [Int] = []
    private var generation: UInt32 = 0
    private var byWatch: [Int32: Int] = [:]
    private var blind = 0
    /// Slots that have something to read, first come first served.
    private var queue: [Int] = []
    private var queueHead = 0

    private var inotify: Int32 = -1
    private var poll: OpenHandle?
    private var idle: OpenHandle?
    private var timer: LoopTimer?
    private var nextFullSweep = Monotonic(nanoseconds: 0)
    private var nextBlindSweep = Monotonic(nanoseconds: .max)
    private var isClosed = false
    private let slab: Slab
    private let notices: Slab

    /// A follower of files named `growing`, which also looks for `names` (at most 32) beside them.
    package init(
        _ loop: EventLoop, growing: String, names: [String], options: FollowerOptions = FollowerOptions(),
        callbacks: FollowerCallbacks
    ) {
        precondition(names.count <= 32, "at most 32 names can be looked for")
        self.loop = loop
        self.growing = growing
        self.names = names
        self.options = options
        self.callbacks = callbacks
        slab = Slab(options.bytesPerRead)
        notices = Slab(64 * 1024)
    }

    // MARK: What the owner asks for

    /// Begins to follow a folder: its growing file from byte 0, and the names. What is there already is told too.
    package func follow(_ path: String) -> FollowedFolder {
        openInotify()
        generation &+= 1
        var folder = Folder(path: path, generation: generation)
        let slot = free.popLast() ?? folders.count
        // The watch comes first and the first look after it: what happens in between is seen twice, never missed.
        if inotify >= 0 {
            let mask = UInt32(IN_MODIFY) | UInt32(IN_MOVED_TO) | UInt32(IN_ONLYDIR)
            folder.watch = unsafe inotify_add_watch(inotify, path, mask)
        }
        if folder.watch >= 0 { byWatch[folder.watch] = slot } else { blind += 1 }
        if slot == folders.count { folders.append(folder) } else { folders[slot] = folder }
        enqueue(slot)
        keepTurning()
        schedule()
        return FollowedFolder(slot: slot, generation: folder.generation)
    }

    /// Asks for `reachedEnd` as soon as the file has been read to the end that it then has.
    package func readToEnd(_ folder: FollowedFolder) {
        guard isCurrent(folder) else { return }
        folders[folder.slot]?.wantsEnd = true
        enqueue(folder.slot)
        keepTurning()
    }

    /// Stops following; nothing more is told of this folder.
    package func stop(_ folder: FollowedFolder) {
        guard isCurrent(folder), let state = folders[folder.slot] else { return }
        if state.file >= 0 { Glibc.close(state.file) }
        if state.watch >= 0 {
            inotify_rm_watch(inotify, state.watch)
            byWatch[state.watch] = nil
        } else {
            blind -= 1
        }
        folders[folder.slot] = nil
        free.append(folder.slot)
    }

    /// Stops following everything and gives all descriptors back.
    package func close() {
        isClosed = true
        for slot in folders.indices {
            if let folder = folders[slot] { stop(FollowedFolder(slot: slot, generation: folder.generation)) }
        }
        poll?.close()
        idle?.close()
        timer?.assumeIsolated { $0.close() }
        (poll, idle, timer) = (nil, nil, nil)
        inotify = -1
    }

    /// Folders that are followed, and how many of them have no watch.
    package var counts: (folders: Int, withoutWatch: Int) { (folders.count - free.count, blind) }

    private func isCurrent(_ folder: FollowedFolder) -> Bool {
        folders.indices.contains(folder.slot) && folders[folder.slot]?.generation == folder.generation
    }

    // MARK: inotify

    private func openInotify() {
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
            unsafe uv_poll_start(poll.pointer(uv_poll_t.self), Int32(UV_READABLE.rawValue)) { poll, _, _ in
                let follower = unsafe OpenHandle.owner(poll, as: FileFollower.self)
                follower?.assumeIsolated { $0.readNotices() }
            }
            inotify = descriptor
        } catch {
            Glibc.close(descriptor)
        }
    }

    private func readNotices() {
        guard inotify >= 0 else { return }
        // One read per turn, of up to 2,000 notices: the kernel keeps the others, and joins equal neighbours meanwhile.
        let count = unsafe read(inotify, notices.bytes.baseAddress, notices.bytes.count)
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

    private func noticed(_ slot: Int, _ mask: UInt32, _ name: UnsafePointer<CChar>) {
        if mask & UInt32(IN_MODIFY) != 0 {
            if unsafe strcmp(name, growing) == 0 { enqueue(slot) }
        } else if let index = names.firstIndex(where: { unsafe strcmp(name, $0) == 0 }) {
            tellAppeared(slot, index)
        }
    }

    // MARK: Reading

    private func enqueue(_ slot: Int) {
        guard folders[slot]?.isQueued == false else { return }
        folders[slot]?.isQueued = true
        queue.append(slot)
    }

    /// Reads what is queued, each file once, until the turn's share is used up.
    private func turn() {
        var share = options.bytesPerTurn
        let end = queue.count
        while queueHead < end, share > 0, !isClosed {
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

    /// Lets the loop come back at once while something is queued, and sleep when nothing is.
    private func keepTurning() {
        if queueHead == queue.count || isClosed {
            if let idle { unsafe uv_idle_stop(idle.pointer(uv_idle_t.self)) }
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

    /// Reads one piece of one file, and gives the number of bytes.
    private func readOnce(_ slot: Int) -> Int {
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
            file = unsafe open("\(state.path)/\(growing)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            folders[slot]?.file = file
            guard file >= 0 else {
                // No descriptor left: the sweep tries again. Everything else means that there is nothing to read.
                if errno != EMFILE, errno != ENFILE, errno != ENOMEM, errno != EINTR { tellEnd(slot) }
                return 0
            }
        }
        let count = unsafe pread(file, slab.bytes.baseAddress, slab.bytes.count, off_t(state.offset))
        guard count > 0 else {
            if count == 0 { checkLength(slot) }
            if count == 0 || errno != EINTR { tellEnd(slot) } else { enqueue(slot) }
            return 0
        }
        folders[slot]?.offset += Int64(count)
        let key = FollowedFolder(slot: slot, generation: state.generation)
        unsafe callbacks.bytes(key, state.offset, UnsafeRawBufferPointer(rebasing: slab.bytes[..<count]))
        // A full buffer says that there is more; a short one that this was the end at that moment.
        if unsafe count == slab.bytes.count { enqueue(slot) } else if isCurrent(key) { tellEnd(slot) }
        return count
    }

    private func tellEnd(_ slot: Int) {
        guard let state = folders[slot], state.wantsEnd else { return }
        folders[slot]?.wantsEnd = false
        callbacks.reachedEnd(FollowedFolder(slot: slot, generation: state.generation), state.offset)
    }

    // MARK: The net below inotify

    /// Looks at a file's length: true when there is something to read.
    @discardableResult
    private func checkLength(_ slot: Int) -> Bool {
        guard let state = folders[slot], !state.isBroken else { return false }
        guard state.file >= 0 else { return true }
        var status = stat()
        guard unsafe fstat(state.file, &status) == 0 else { return false }
        let length = Int64(status.st_size)
        if length < state.offset {
            folders[slot]?.isBroken = true
            callbacks.shrank(FollowedFolder(slot: slot, generation: state.generation), state.offset, length)
            return false
        }
        return length > state.offset
    }

    private func lookForNames(_ slot: Int) {
        guard let state = folders[slot] else { return }
        for index in names.indices where state.seen & (1 << UInt32(index)) == 0 {
            if unsafe access("\(state.path)/\(names[index])", F_OK) == 0 { tellAppeared(slot, index) }
        }
    }

    private func tellAppeared(_ slot: Int, _ index: Int) {
        guard let state = folders[slot], state.seen & (1 << UInt32(index)) == 0 else { return }
        folders[slot]?.seen |= 1 << UInt32(index)
        callbacks.appeared(FollowedFolder(slot: slot, generation: state.generation), index)
    }

    private func sweep(all: Bool) {
        for slot in folders.indices {
            guard let state = folders[slot], all || state.watch < 0 else { continue }
            if checkLength(slot) { enqueue(slot) }
            lookForNames(slot)
        }
    }

    private func schedule() {
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

    private func tick() {
        let now = Monotonic.now
        let isFull = now >= nextFullSweep
        if isFull { nextFullSweep = now + options.sweep }
        nextBlindSweep = Monotonic(nanoseconds: .max)
        sweep(all: isFull)
        turn()
        schedule()
    }
}

/// Memory that is used again for every read.
@safe private final class Slab {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { unsafe bytes = .allocate(byteCount: count, alignment: 4096) }

    deinit { unsafe bytes.deallocate() }
}
