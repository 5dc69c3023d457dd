import Glibc

/// Processes that live on beside the provider.
enum Descendants {
    /// `fork`, which Swift hides: the copies call nothing but the system until they end.
    private static let fork: @convention(c) () -> Int32 = {
        unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> Int32).self)
    }()

    /// Starts them and returns when all are in place. The odd ones are children in the provider's own group; the even ones are
    /// daemons, in a session of their own and without their parent.
    static func start(_ options: Options) {
        guard options.children > 0 else { return }
        var ready: [Int32] = [0, 0]
        pipe(&ready)
        for number in 1...options.children {
            let isDaemon = number % 2 == 0
            let child = fork()
            if child == 0 {
                if isDaemon {
                    setsid()
                    if fork() != 0 { _exit(0) }
                }
                live(options, ready: ready[1])
            }
            if isDaemon { waitpid(child, nil, 0) }
        }
        close(ready[1])
        // Each sends one byte when it is in place.
        var byte: UInt8 = 0
        for _ in 1...options.children { read(ready[0], &byte, 1) }
        close(ready[0])
    }

    private static func live(_ options: Options, ready: Int32) -> Never {
        if options.childrenIgnore { for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) } }
        if options.childrenClose {
            for descriptor in 0..<64 as Range<Int32> where descriptor != ready { close(descriptor) }
        }
        var byte = UInt8(ascii: ".")
        write(ready, &byte, 1)
        close(ready)
        if let milliseconds = options.childrenMilliseconds {
            var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
            nanosleep(&time, nil)
            _exit(0)
        }
        while true { pause() }
    }
}
