/// One folder that a ``FileFollower`` follows, as its owner names it. Names are not used again while a follower lives.
package struct FollowedFolder: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
}

/// How a ``FileFollower`` works; the defaults are right for everything but tests.
package struct FollowerOptions: Sendable {
    /// False: behave as where no inotify can be had.
    package var usesInotify = true
    /// Most bytes of one file that are read before the others get their turn: the size of the one buffer.
    package var bytesPerRead = 256 * 1024
    /// Most bytes that are read in one turn of the loop, so that timers and sockets get theirs.
    package var bytesPerTurn = 4 * 1024 * 1024
    /// How long notices gather once they come without a pause: one wake-up then serves many files, and each of them is
    /// read once however often it grew.
    package var gathering: Duration = .milliseconds(2)
    /// How often every file is looked at, whatever inotify said.
    package var sweep: Duration = .seconds(1)
    /// How often files are looked at that have no watch.
    package var blindSweep: Duration = .milliseconds(20)
    /// Asked before each read: false while whoever takes the bytes has more of them than it can put away. They stay in their
    /// files meanwhile, which cost no memory.
    package var mayRead: @Sendable () -> Bool = { true }
    /// How soon it is asked again after it said no.
    package var secondAsking: Duration = .milliseconds(5)

    /// The defaults.
    package init() {}
}

/// What a ``FileFollower`` tells its owner, on the loop's thread.
///
/// Safe to hold: the one unsafe thing, the buffer of `bytes`, passes through as an argument and is never kept.
@safe package struct FollowerCallbacks: Sendable {
    /// New bytes of the growing file, and the offset of the first. The buffer is valid during the call only.
    package var bytes: @Sendable (FollowedFolder, _ offset: Int64, UnsafeRawBufferPointer) -> Void
    /// The file with this index in the follower's list of names is there; comes once per name and folder.
    package var appeared: @Sendable (FollowedFolder, _ name: Int) -> Void
    /// The growing file has been read to its end, as ``FileFollower/readToEnd(_:)`` asked. It comes at once for a file that
    /// does not exist.
    package var reachedEnd: @Sendable (FollowedFolder, _ offset: Int64) -> Void
    /// The growing file is shorter than what was read of it. Comes once; the file is not read any more.
    package var shrank: @Sendable (FollowedFolder, _ offset: Int64, _ length: Int64) -> Void
    /// The file has grown by bytes that may not be read yet: said once a second, so that nobody thinks it silent.
    package var waits: @Sendable (FollowedFolder) -> Void
    /// Every file was looked at; in all of them so many bytes were not read at that moment.
    package var swept: @Sendable (_ unread: Int64) -> Void

    /// These callbacks.
    package init(
        bytes: @escaping @Sendable (FollowedFolder, Int64, UnsafeRawBufferPointer) -> Void,
        appeared: @escaping @Sendable (FollowedFolder, Int) -> Void,
        reachedEnd: @escaping @Sendable (FollowedFolder, Int64) -> Void,
        shrank: @escaping @Sendable (FollowedFolder, Int64, Int64) -> Void,
        waits: @escaping @Sendable (FollowedFolder) -> Void = { _ in },
        swept: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        unsafe self.bytes = bytes
        self.appeared = appeared
        self.reachedEnd = reachedEnd
        self.shrank = shrank
        self.waits = waits
        self.swept = swept
    }
}
