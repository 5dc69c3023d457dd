import Glibc
import Settings

extension BatchSource {
    /// Programs whose first argument that is no option names what they run.
    private static let interpreters: Set<String> = [
        "sh", "bash", "dash", "zsh", "ksh", "fish", "python", "python3", "perl", "ruby", "node", "deno", "bun", "lua",
        "php",
    ]

    /// The absolute path of the file.
    package var fullPath: String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return folder.root == "/" ? "/" + name : folder.root + "/" + name
    }

    /// The files that decide what a run of `file`, which was read from here, does: the batch file, the prompt files that it
    /// names, and the programs of its folder that it runs. Each with what tells its content from another.
    ///
    /// Data that a run reads is not among them: it may change from night to night.
    package func fingerprints(of file: BatchFile) -> [String: String] {
        var found = [fullPath: file.hash]
        for job in file.jobs {
            var paths = [job.settings["prompt_file"]?.text].compactMap { $0 }
            let commands =
                ["run", "verify"].compactMap { job.settings[$0] } + (job.matrix?.commands.map(\.words) ?? [])
            for words in commands { paths += programs(of: words.elements.map(\.text)) }
            for path in paths {
                let place = path.hasPrefix("/") ? path : folder.root + "/" + path
                guard found[place] == nil, BatchSource.isFile(place) else { continue }
                found[place] = Fingerprint.of(place)
            }
        }
        return found
    }

    /// The words of a command that may be programs of the batch's own: the first, what an interpreter runs, and whatever may
    /// be executed. A word that is a template is nil.
    private func programs(of words: [String?]) -> [String] {
        var found: [String] = []
        var isAwaited = false
        for (index, word) in words.enumerated() {
            guard let word, !word.isEmpty else { continue }
            let place = word.hasPrefix("/") ? word : folder.root + "/" + word
            let isInside = folder.root == "/" || place.hasPrefix(folder.root + "/")
            if isInside, index == 0 || isAwaited && !word.hasPrefix("-") || access(place, X_OK) == 0 {
                found.append(word)
            }
            let name = word.split(separator: "/").last.map(String.init) ?? word
            isAwaited = BatchSource.interpreters.contains(name) || isAwaited && word.hasPrefix("-")
        }
        return found
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
