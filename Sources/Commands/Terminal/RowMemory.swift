import CLinux
import Glibc
import Model
import Settings

/// Remembers the rows of the last table that was shown in this terminal, so that `%3` names the third of them.
///
/// One small file for each terminal and login, in the user's own state folder.
struct RowMemory: Sendable {
    private let folder: String
    private let file: String

    /// The memory of the terminal that this process has; nil when it has none.
    init?(environment: [String: String]) {
        guard let terminal = RowMemory.terminal() else { return nil }
        folder = Places(environment: environment).state + "/rows"
        // A terminal's name is used again by the next window; the session's leader is not.
        file = folder + "/" + terminal + "-\(getsid(0))"
    }

    /// Keeps the identifiers of a table's rows. A failure costs nobody anything: the table was shown.
    func keep(_ identifiers: [String]) {
        let isNew = access(folder, F_OK) != 0
        if isNew {
            try? FileBytes.makeFolder(folder)
            chmod(folder, 0o700)
        } else {
            forgetOld()
        }
        let draft = file + ".\(getpid())"
        guard
            (try? FileBytes.write(identifiers.joined(separator: "\n"), to: draft, replacing: true, mode: 0o600)) != nil
        else { return }
        rename(draft, file)
    }

    /// The identifiers of the last table, first row first.
    var rows: [String] {
        guard let bytes = try? FileBytes.read(file) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func terminal() -> String? {
        var name = [CChar](repeating: 0, count: 256)
        for descriptor: Int32 in [0, 2, 1] where isatty(descriptor) == 1 {
            guard ttyname_r(descriptor, &name, name.count) == 0 else { continue }
            let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.split(separator: "/").dropFirst().joined(separator: "-")
        }
        return nil
    }

    /// Terminals are closed without a word: what is older than two days goes.
    private func forgetOld() {
        guard let handle = opendir(folder) else { return }
        defer { closedir(handle) }
        let limit = time(nil) - 2 * 86_400
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard !name.hasPrefix("."), lstat(folder + "/" + name, &status) == 0, status.st_mtim.tv_sec < limit else {
                continue
            }
            unlink(folder + "/" + name)
        }
    }
}
