/// One value of a settings file, with its place: what a YAML text means once aliases are gone.
package struct ConfigNode: Sendable {
    /// What the value is.
    package enum Content: Sendable {
        /// A scalar's text. `plain` is false when it stood in quotes or in a block, and so is text and nothing else.
        case scalar(String, plain: Bool)
        case sequence([ConfigNode])
        case mapping([ConfigMember])
    }

    package var content: Content
    package var position: ConfigPosition

    /// A value at `position`.
    package init(content: Content, position: ConfigPosition) {
        self.content = content
        self.position = position
    }

    /// True for nothing at all, `~` and `null`.
    package var isNull: Bool {
        if case .scalar(let text, plain: true) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    /// What it is, in a word for people.
    package var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// One `key: value` of a mapping.
package struct ConfigMember: Sendable {
    package var key: String
    /// Where the key stands.
    package var position: ConfigPosition
    package var value: ConfigNode

    /// A member whose key stands at `position`.
    package init(key: String, position: ConfigPosition, value: ConfigNode) {
        self.key = key
        self.position = position
        self.value = value
    }
}
