import Coordinator
import Model
import Testing

@testable import Commands
@testable import Store

/// Schedules as they are listed.
@Suite struct ScheduleTableTests {
    /// 28 March 2026, 02:00 UTC: the clock of Zurich shows 03:00.
    private static let night = Timestamp(milliseconds: 1774663200000)

    private func draft() -> ScheduleDraft {
        ScheduleDraft(
            name: "the night's", file: "/x/a.yaml", directory: "/x", origin: .command, cron: "0 3 * * *",
            timeZone: "Europe/Zurich", createdAt: Self.night)
    }

    @Test func `each time is as the clock of the zone shows it then`() {
        let row = ScheduleRow(
            draft: draft(), place: SchedulePlace(last: Self.night), fired: Self.night)
        // In the night between the clock is set forward.
        let now = Timestamp(milliseconds: Self.night.milliseconds + 18 * 3_600_000)
        let table = ScheduleTable([row], isServed: true, at: now)
        let text = table.listing.human(Surface(width: 200)).joined(separator: "\n")
        #expect(text.contains("2026-03-28 03:00 Europe/Zurich") && text.contains("2026-03-29 03:00 Europe/Zurich"))
    }

    @Test func `what adds a schedule again gives all that it is made of, and nothing that goes without saying`() {
        var draft = draft()
        let short = "tutti schedule add /x/a.yaml --cron '0 3 * * *' --timezone Europe/Zurich --name 'the night'\\''s'"
        #expect(ShellWords.line(draft.words) == short)
        draft.configFile = "/x/other.yaml"
        draft.overlap = "queue"
        draft.catchUp = "none"
        draft.grace = .seconds(5400)
        draft.jitter = .seconds(300)
        draft.inputs = ["word": "a b", "count": 3]
        #expect(
            ShellWords.line(draft.words)
                == "tutti schedule add /x/a.yaml --config /x/other.yaml --cron '0 3 * * *' --timezone Europe/Zurich "
                + "--set 'word=a b' --set count=3 --name 'the night'\\''s' --overlap queue --catch-up none "
                + "--grace 1h30m --jitter 5m")
        draft.origin = .file
        #expect(ShellWords.line(draft.words) == "tutti schedule add /x/a.yaml --config /x/other.yaml")
    }
}
