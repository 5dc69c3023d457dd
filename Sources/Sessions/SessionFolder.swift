import Glibc
import Model
import Providers

/// A session's own folder.
enum SessionFolder {
    /// Makes the folder, 0700, and writes the provider's input into it, 0600.
    static func make(_ plan: SessionPlan) throws(StartError) {
        guard mkdir(plan.folder, 0o700) == 0 else {
            throw StartError("make the session's folder \(plan.folder)", number: errno)
        }
        guard !plan.keepsInputOpen, let input = plan.launch.stdin else { return }
        let path = "\(plan.folder)/\(HostRecords.input)"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw StartError("write \(path)", number: errno) }
        defer { close(file) }
        var written = 0
        while written < input.count {
            let count = input.withUnsafeBytes { bytes in
                write(file, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw StartError("write \(path)", number: errno)
            }
        }
    }

    /// Takes the session for this process, so that no host can begin it any more; false when a host was quicker.
    ///
    /// The host creates the same file before it starts a provider, and leaves it empty. Ours says whose it is from the
    /// moment that it is there: the next adopter must not take it for a host's. The folder is made where it is missing:
    /// whoever comes late with a start then finds it taken.
    static func claim(_ folder: String) -> Bool {
        mkdir(folder, 0o700)
        let made = "\(folder)/claim.\(getpid())"
        let file = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        defer { unlink(made) }
        let count = adopter.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        // Fails when there is a claim already, and is whole when it does not.
        return count == adopter.count && link(made, "\(folder)/claim") == 0
    }

    /// Who has taken the session; nil when nobody has.
    static func claimant(_ folder: String) throws(NoDescriptor) -> SessionFacts.Claim? {
        try FileContent.read("\(folder)/claim", limit: 64).map { $0 == adopter ? .adopter : .host }
    }

    /// What an adopter writes into its claim.
    private static let adopter = Array("adopter\n".utf8)
}
