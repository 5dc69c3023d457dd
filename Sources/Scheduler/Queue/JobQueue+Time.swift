import Model

extension JobQueue {
    /// The next time at which something happens by itself; nil when nothing does.
    ///
    /// May be earlier than anything that really happens: the wake of a job that is over is not searched for.
    package func nextWake(after now: Duration) -> Duration? {
        var wake = timers.first?.due
        for number in governed {
            if let rise = pools[number].governor?.nextRise(after: now) { wake = min(wake ?? rise, rise) }
        }
        return wake
    }

    mutating func set(_ kind: Timer.Kind, _ slot: Int, _ due: Duration) {
        guard let serial = entries[slot]?.serial else { return }
        timers.push(Timer(due: due, slot: slot, serial: serial, kind: kind))
    }

    /// Does what is due by itself.
    mutating func ring(_ now: Duration) {
        while let timer = timers.first, timer.due <= now {
            timers.pop()
            guard let entry = entries[timer.slot], entry.serial == timer.serial else { continue }
            switch timer.kind {
            case .wake:
                guard case .time(let until, _) = entry.stage, until <= now else { continue }
                ready(timer.slot, now)
            case .queueTimeout: queueTimeout(timer, entry, now)
            case .deadline: deadline(timer.slot, entry)
            }
        }
        ease(Array(governed))
    }

    private mutating func queueTimeout(_ timer: Timer, _ entry: Entry, _ now: Duration) {
        guard entry.stage == .ready, entry.isNew, let since = entry.readySince, let most = entry.job.queueTimeout else {
            return
        }
        // It was held for a while: its time began anew, and another timer was set.
        guard since + most <= now else { return }
        // Who stands before it is not counted: ten thousand may be late in one moment.
        let words = waiting(entry.job.id, at: now, turns: nil)?.sentence ?? "It waited for its turn."
        finish(timer.slot, .failed, Failure(.queueTimeout, "Not started within its time in the queue. \(words)"))
    }

    private mutating func deadline(_ slot: Int, _ entry: Entry) {
        if entry.isRunning {
            end(slot, .totalTimeout, kill: false)
        } else {
            finish(slot, .failed, Failure(.queueTimeout, "Its deadline passed before it could end."))
        }
    }
}
