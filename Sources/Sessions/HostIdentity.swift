/// Which process the host of a session is, so that no other one is ever taken for it.
///
/// A process id alone proves nothing: numbers come again, after a restart and in other namespaces even at once.
package struct HostIdentity: Sendable, Hashable, Codable {
    package var pid: Int32
    /// Field 22 of /proc/PID/stat: clock ticks after boot.
    package var startTime: UInt64
    package var bootID: String
    /// The inode of /proc/self/ns/pid.
    package var pidNamespace: UInt64
    package var providerPID: Int32?

    /// The identity of a host.
    package init(pid: Int32, startTime: UInt64, bootID: String, pidNamespace: UInt64, providerPID: Int32? = nil) {
        self.pid = pid
        self.startTime = startTime
        self.bootID = bootID
        self.pidNamespace = pidNamespace
        self.providerPID = providerPID
    }
}
