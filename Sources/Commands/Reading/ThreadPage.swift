import Model
import Store

/// `show THREAD` and `show MESSAGE`: who said what.
enum ThreadPage {
    /// The page of a thread.
    static func lines(_ thread: ThreadRow, _ messages: [MessageRow], on surface: Surface, now: Timestamp) -> [String] {
        var lines = [
            surface.paint("thread \(thread.id.short)", .bold) + "   " + surface.safeLine(thread.module ?? "")
                + "   " + Amounts.count(messages.count, "message")
        ]
        for message in messages { lines += [""] + Self.lines(message, on: surface, now: now) }
        return lines
    }

    /// One message with its head.
    static func lines(_ message: MessageRow, on surface: Surface, now: Timestamp) -> [String] {
        var head = [
            surface.paint(message.role.rawValue, .bold), "message \(message.id.short)",
            StateMark.words(message.status.rawValue, on: surface),
            Amounts.ago(milliseconds: now.milliseconds - message.createdAt.milliseconds),
        ]
        if let module = message.module { head.insert(surface.safeLine(module), at: 1) }
        var lines = [head.joined(separator: "   ")]
        lines += surface.safe(message.content).split(separator: "\n", omittingEmptySubsequences: false).map {
            "  " + $0
        }
        if message.status == .failed || message.status == .cancelled {
            let reason = message.error ?? message.errorClass?.rawValue ?? message.status.rawValue
            lines.append("  " + surface.paint("not whole: ", .red) + surface.safeLine(reason))
            if let job = message.job { lines.append("  ask again: tutti retry \(job.short)") }
        }
        return lines
    }
}
