import Batch

/// The jobs that the shell may offer.
enum BatchJobNames {
    /// The jobs of the first word of a command line that is a batch file; every failure means only that there are none.
    static func all(on words: [String]) -> [String] {
        for word in words where [".yaml", ".yml", ".md"].contains(where: { word.hasSuffix($0) }) {
            guard let source = try? BatchSource(word) else { continue }
            return (try? source.file())?.jobs.map(\.name) ?? []
        }
        return []
    }
}
