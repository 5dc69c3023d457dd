package import Model

/// A settings file that was passed over because of what is wrong in it.
package struct BrokenSettings: Sendable {
    /// What is wrong, with the places.
    package var problem: TuttiError
    /// True when it may name another store than the one that is used: its words about it cannot be read.
    package var mayNameStore: Bool

    /// What is wrong first, and how much more there is, on one line.
    package var line: String {
        let lines = problem.message.split(separator: "\n")
        return (lines.first.map(String.init) ?? problem.message)
            + (lines.count > 1 ? " (and \(lines.count - 1) more)" : "")
    }
}

extension ConfigLayer {
    /// What a broken file still says of where the store lies, and nothing else of it.
    ///
    /// Whoever reads or steers what was begun with a sound file needs the store of that file.
    static func place(_ bytes: [UInt8], file: String, root: String, home: String, owner: Owner) -> ConfigLayer {
        var layer = ConfigLayer(owner: owner, file: file, root: root, bytes: bytes)
        guard let node = try? YAMLReader.read(bytes, file: file) else { return layer }
        var decoder = ConfigDecoder(layer: layer, home: home)
        decoder.decode(node)
        layer.values = decoder.layer.values.filter { $0.key == "store" }
        return layer
    }

    /// Whether this broken file seems to have words about the store that could not be read.
    var hidesStore: Bool {
        values["store"] == nil
            && String(decoding: bytes, as: UTF8.self).contains("store")
    }
}
