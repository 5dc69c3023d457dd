package import Model

/// A named limit on sessions, as settings declare it: of a provider with that name, else one that batches may name.
package struct PoolSetting: Sendable, Hashable {
    package var name: String
    /// The most sessions at one time; nil is no limit of its own.
    package var max: Int?
    /// Places that are kept free for questions that a person waits for.
    package var reserve: Int
    /// The limit falls under overload and rises again. Providers' pools always do.
    package var isAdaptive: Bool
    /// What a day (UTC) of its sessions may cost; only of a provider.
    package var day: Money?
    /// Where its key stands.
    package var position: ConfigPosition
}

extension ConfigDecoder {
    static let poolKeys = ["max", "interactive_reserve", "adaptive", "day"]

    mutating func pools(_ node: ConfigNode) {
        for member in members(of: node, in: "`pools`") {
            if isName(member, of: "a pool") { pool(member) }
        }
    }

    private mutating func pool(_ entry: ConfigMember) {
        let place = "pools.\(entry.key)"
        var pool = PoolSetting(name: entry.key, reserve: 0, isAdaptive: false, position: entry.position)
        for member in members(of: entry.value, in: "`\(place)`") {
            let name = "\(place).\(member.key)"
            switch member.key {
            case "max":
                if case .integer(let most)? = read(.integer(1...100_000), name, member.value) { pool.max = most }
            case "interactive_reserve":
                if case .integer(let reserve)? = read(.integer(0...100_000), name, member.value) {
                    pool.reserve = reserve
                }
            case "adaptive":
                if case .text(let word)? = read(.choice(["true", "false"]), name, member.value) {
                    pool.isAdaptive = word == "true"
                }
            case "day": if case .money(let most)? = read(.money, name, member.value) { pool.day = most }
            default: unknown(member, in: place, among: ConfigDecoder.poolKeys)
            }
        }
        layer.pools.append(pool)
    }

    /// The value of a key that is no setting of its own, read by its kind.
    mutating func read(_ kind: SettingKind, _ name: String, _ node: ConfigNode) -> SettingValue? {
        guard let text = text(node, of: "`\(name)`") else { return nil }
        do throws(SettingMisread) { return try kind.read(text) } catch {
            complain(node.position, "`\(name)` \(error.message)", hint: error.hint)
            return nil
        }
    }
}
