import Foundation
package import Model
package import Scheduler
package import Store

extension Schedule {
    /// The rules of a stored schedule.
    ///
    /// Throws a `TuttiError` (exit 78) when this machine does not know its time zone, or this version its words.
    package init(_ draft: ScheduleDraft) throws(TuttiError) {
        let expression: CronExpression
        do throws(CronError) { expression = try CronExpression(draft.cron) } catch {
            throw TuttiError(
                .badConfiguration, "The schedule \(draft.name) cannot be read: \(error.message)",
                hint: "\"0 3 * * MON-FRI\" is 03:00 from Monday to Friday")
        }
        guard let overlap = Overlap(rawValue: draft.overlap), let catchUp = CatchUp(rawValue: draft.catchUp) else {
            throw TuttiError(
                .badConfiguration, "The schedule \(draft.name) was written by a newer Tutti.", hint: "update this one")
        }
        self.init(
            expression, zone: try Schedule.zone(draft.timeZone), overlap: overlap, catchUp: catchUp,
            grace: draft.grace ?? .seconds(Int64(Int32.max) * 60), jitter: draft.jitter,
            seed: Schedule.seed(draft.id))
    }

    /// The offsets of the zone of this name; nil is the machine's.
    package static func zone(_ name: String?) throws(TuttiError) -> ZoneOffset {
        guard let zone = name.map({ TimeZone(identifier: $0) }) ?? TimeZone.current else {
            throw TuttiError(
                .badConfiguration, "This machine knows no time zone \(name ?? "").",
                hint: "write one such as Europe/Zurich or UTC; is the package tzdata installed?")
        }
        return { time in zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)) }
    }

    /// Drawn from the identifier, so that every process puts an occurrence off by the same part.
    private static func seed(_ id: Identifier) -> UInt64 {
        id.text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
}

extension Schedule.Standing {
    /// The standing that is stored.
    package init(_ place: SchedulePlace) { self.init(last: place.last, waiting: place.waiting) }
}

extension SchedulePlace {
    /// A standing as it is stored.
    init(_ standing: Schedule.Standing) { self.init(last: standing.last, waiting: standing.waiting) }
}
