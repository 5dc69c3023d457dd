import CLibuv
import Glibc

/// Follows one growing file in each of many folders, and notices when certain other files appear beside it.
///
/// One inotify descriptor for all folders, one buffer for all reads, one open descriptor per file that is not silent. inotify
/// is a hint and never the truth: every second all files are looked at, and where no watch can be had every 20 ms. A busy file is read in
/// pieces, and the others have their turn in between.
@safe package actor FileFollower {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    nonisolated let loop: EventLoop
    let growing: String
    let names: [String]
    let options: FollowerOptions
    let callbacks: FollowerCallbacks

    /// A class, so that a look at one field of it copies nothing: it is looked at for every line of every provider.
    final class Folder {
        let path: String
        let generation: UInt32
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
        /// Which file it was when it was first opened; another one of that name is not read on.
        var inode: ino_t = 0
        /// Full sweeps since the last byte.
        var silentSweeps = 0
        /// The full sweep after which the file was opened last.
        var openedAfter = -2
        /// It was opened twice in short time, so its descriptor is kept.
        var isKept = false

        init(path: String, generation: UInt32) {
            self.path = path
            self.generation = generation
        }
    }

    var folders: [Folder?] = []
    var free: [Int] = []
    var generation: UInt32 = 0
    var byWatch: [Int32: Int] = [:]
    var blind = 0
    /// Slots that have something to read, first come first served.
    var queue: [Int] = []
    var queueHead = 0

    var inotify: Int32 = -1
    var poll: OpenHandle?
    var idle: OpenHandle?
    var timer: LoopTimer?
    /// While notices gather nothing is polled; this timer ends the pause.
    var pause: LoopTimer?
    var isGathering = false
    /// Runs while there is something to read that may not be read yet.
    var patience: LoopTimer?
    var noticedAt = Monotonic(nanoseconds: 0)
    var nextFullSweep = Monotonic(nanoseconds: 0)
    /// Full sweeps so far.
    var fullSweeps = 0
    var nextBlindSweep = Monotonic(nanoseconds: .max)
    var isClosed = false
    let slab: Slab
    let notices: Slab

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
        let folder = Folder(path: path, generation: generation)
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
        state.file = -1
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
        pause?.assumeIsolated { $0.close() }
        patience?.assumeIsolated { $0.close() }
        (poll, idle, timer, pause, patience) = (nil, nil, nil, nil, nil)
        inotify = -1
    }

    /// Folders that are followed, and how many of them have no watch.
    package var counts: (folders: Int, withoutWatch: Int) { (folders.count - free.count, blind) }

    func isCurrent(_ folder: FollowedFolder) -> Bool {
        folders.indices.contains(folder.slot) && folders[folder.slot]?.generation == folder.generation
    }
}

/// Memory that is used again for every read.
@safe final class Slab {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { unsafe bytes = .allocate(byteCount: count, alignment: 4096) }

    deinit { unsafe bytes.deallocate() }
}
