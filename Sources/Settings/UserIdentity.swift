import Glibc

/// Whom this process acts for.
package enum UserIdentity {
    /// The user that the system checks permissions for.
    package static var effective: UInt32 { geteuid() }
}
