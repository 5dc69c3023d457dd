package import Settings

/// Where a result may be written: in the batch's folder and nowhere else.
package enum SavePath {
    /// Why `path`, as it is written in a file, leaves the batch's folder; nil when it stays inside.
    package static func problem(of path: String) -> SettingMisread? {
        if path.isEmpty || path.hasSuffix("/") {
            return SettingMisread("names no file", hint: "write it as out/name.md")
        }
        if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return SettingMisread("holds a control character", hint: "remove it")
        }
        if path.hasPrefix("/") || path.hasPrefix("~") {
            return SettingMisread(
                "\"\(path.prefix(80))\" leaves the batch's folder", hint: "write a relative path such as out/name.md")
        }
        if path.split(separator: "/").contains("..") {
            return SettingMisread(
                "\"\(path.prefix(80))\" leaves the batch's folder by `..`", hint: "write a path without `..`")
        }
        if path.utf8.count > 1024 || path.split(separator: "/").contains(where: { $0.utf8.count > 255 }) {
            return SettingMisread(
                "is longer than file systems allow", hint: "use a shorter name, such as ${{ job.address }}")
        }
        return nil
    }

    /// Why no answer may be written to `path`, wherever it lies: the file decides what is run later.
    package static func reserved(_ path: String) -> SettingMisread? {
        let parts = path.split(separator: "/").map { $0.lowercased() }
        if parts.contains(".git") {
            return SettingMisread(
                "\"\(path.prefix(80))\" lies in `.git`, which says what git runs", hint: "write it as out/name.md")
        }
        if let name = parts.last, ProjectSearch.names.contains(where: { $0.split(separator: "/").last ?? "" == name }) {
            return SettingMisread(
                "\"\(path.prefix(80))\" would be a file of settings, which says what is run",
                hint: "write it as out/name.md")
        }
        return nil
    }

    /// What a template inserts into a path: `/` becomes `.`, control characters `_`, and no name begins with a dot, so
    /// that no value can choose another folder.
    package static func sanitized(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "/" {
                // `Sources/A/` is `Sources.A`.
                if let last = scalars.last, last != "." { scalars.append(".") }
            } else if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\\" {
                scalars.append("_")
            } else if scalar == ".", scalars.last == nil || scalars.last == "." {
                continue
            } else {
                scalars.append(scalar)
            }
        }
        while scalars.last == "." { scalars.removeLast() }
        return scalars.isEmpty ? "_" : String(scalars)
    }
}
