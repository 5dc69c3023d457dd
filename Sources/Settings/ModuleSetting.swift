package import Model

/// One module of a project: a folder that can be asked, and how.
package struct ModuleSetting: Sendable, Hashable {
    package var name: String
    /// The folder, absolute, without `.` and `..`.
    package var path: String
    package var tags: [String]
    /// Who answers for it; nil is the project's choice.
    package var provider: String?
    package var model: String?
    /// Variables for its provider's process.
    package var environment: [String: String]
    /// Time-outs of its own, by their key under `timeout`.
    package var timeouts: [String: SettingValue]
    /// Recorded sessions for the provider `replay`, one per attempt; the last one serves all further attempts.
    package var recordings: [String]
    /// What a day (UTC) of its sessions may cost.
    package var day: Money?
    /// Where its key stands.
    package var position: ConfigPosition

    /// Why its folder cannot be asked today: it is missing, no folder, or may not be read. Nil when all is well.
    package var obstacle: ConfigProblem? {
        do throws(TuttiError) {
            try ModuleResolver.check(ResolvedModule(name: name, path: path, setting: self))
            return nil
        } catch {
            return ConfigProblem(position, error.message, hint: error.hint)
        }
    }

    /// The recording that attempt `number` (1 is the first) plays.
    package func recording(attempt number: Int) -> String? {
        recordings.isEmpty ? nil : recordings[min(max(number, 1), recordings.count) - 1]
    }

    /// True when `name` may name a module: 1 to 64 letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
    package static func isValid(name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }
}

/// A provider as a settings file describes it, before its base is looked up.
package struct ProviderSetting: Sendable, Hashable {
    package var name: String
    /// What it is derived from; nil for a built-in one that is changed under its own name.
    package var extends: String?
    /// The executable and its leading arguments; a relative path with a slash was made absolute. Nil keeps the base's.
    package var command: [String]?
    /// Replaces the base's further arguments.
    package var args: [String]?
    /// Added to the base's variables.
    package var environment: [String: String]
    package var model: String?
    /// Which fields of a JSON line mean what, by their name; only for those derived from `jsonl`.
    package var fields: [String: String]
    /// What is played and how; only for those derived from `replay`.
    package var recording: RecordingSetting?
    /// Where its key stands.
    package var position: ConfigPosition
}

/// What a provider derived from `replay` plays.
package struct RecordingSetting: Sendable, Hashable {
    /// Whose output the recording is: the name of a built-in provider.
    package var dialect: String?
    /// The recording, when no module and no flag names one.
    package var file: String?
    /// 1 is the recorded pace, 10 ten times as fast, 0 as fast as it goes.
    package var speed: Double?
}
