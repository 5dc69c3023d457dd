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
    /// The host creates the same file before it starts a provider. The folder is made where it is missing: whoever comes
    /// late with a start then finds it taken.
    static func claim(_ folder: String) -> Bool {
        mkdir(folder, 0o700)
        let file = open("\(folder)/claim", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        close(file)
        return true
    }
}
