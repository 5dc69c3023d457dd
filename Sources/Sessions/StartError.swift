import Foundation
import Glibc
import Model

/// Why a host was not started, and whether that may be different in a moment.
struct StartError: Error {
    let attempt: String
    let number: Int32?
    let words: String

    init(_ attempt: String, number: Int32) {
        self.attempt = attempt
        self.number = number
        words = String(cString: strerror(number))
    }

    /// An error of Foundation, in which the system's number is somewhere.
    init(_ attempt: String, _ error: any Error) {
        self.attempt = attempt
        var candidate = error as NSError?
        var number: Int32?
        while let current = candidate, number == nil {
            if current.domain == NSPOSIXErrorDomain { number = Int32(clamping: current.code) }
            candidate = current.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        self.number = number
        words = number.map { String(cString: strerror($0)) } ?? (error as NSError).localizedDescription
    }

    /// True when the machine is short of something that comes free again.
    var isTransient: Bool {
        switch number {
        case EAGAIN, EMFILE, ENFILE, ENOMEM: true
        default: false
        }
    }

    var failure: Failure {
        let hint = isTransient ? " (tried again for five minutes)" : ""
        return Failure(.startFailed, "cannot \(attempt): \(words)\(hint)")
    }
}
