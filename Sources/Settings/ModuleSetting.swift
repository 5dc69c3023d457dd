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

    /// True when `name` may name a module: 1 to 64 letters and digits of any script, `.`, `_` and `-`, beginning with a letter
    /// or digit.
    package static func isValid(name: String) -> Bool {
        guard let first = name.unicodeScalars.first, isLetterOrDigit(first), isShort(name) else { return false }
        return name.unicodeScalars.allSatisfy(isNamePart)
    }

    /// True for what a name may begin with.
    static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
        default: false
        }
    }

    /// True for what a name may hold: marks belong to the letters before them.
    static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark: true
        default: isLetterOrDigit(scalar) || [".", "_", "-"].contains(scalar)
        }
    }

    /// True for what is no longer than a name may be: letters may have four bytes, and files are called by it.
    static func isShort(_ name: String) -> Bool { name.unicodeScalars.count <= 64 && name.utf8.count <= 200 }
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
