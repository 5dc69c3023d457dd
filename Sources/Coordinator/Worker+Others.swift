import Model
import Scheduler
import Store

/// What other processes use and wish, and what the queue says of the pools that they share.
extension Worker {
    /// Listens to people, and to the other coordinators of the store.
    func hearOthers() {
        for (number, wish) in (try? store.read { [lastWish] in try $0.wishes(after: lastWish) }) ?? [] {
            lastWish = number
            switch wish {
            case .hold(let target): feed(.hold(target.inQueue))
            case .release(let target): feed(.release(target.inQueue))
            case .prioritise(let target, let priority):
                prioritise(target, priority)
                feed(.prioritise(target.inQueue, priority))
            case .moveToFront(let target): feed(.moveToFront(target.inQueue))
            case .reload(let id): if let run = runs[id], run.planNumber < number { replanned.insert(id) }
            case .pause(let pool): feed(.pause(pool))
            case .unpause(let pool): feed(.unpause(pool))
            case .reset(let pool):
                feed(.reset(pool))
                commit.write { try $0.unblock(pool) }
            }
        }
        guard let uses = try? store.read({ [id] in try $0.poolUses(besides: id) }), uses != usedElsewhere else {
            return
        }
        usedElsewhere = uses
        feed(.elsewhere(uses))
    }

    /// Remembers a priority for the rows that a part of a batch is still to make.
    func prioritise(_ target: Wish.Target, _ priority: Int) {
        let run: LiveRun? =
            switch target {
            case .run(let id): runs[id]
            case .job(let id): owners[id].flatMap { runs[$0] }
            }
        guard let run else { return }
        for index in run.jobs.indices where target == .run(run.id) || target == .job(run.jobs[index].id) {
            run.jobs[index].queued.priority = priority
        }
    }

    /// Says in the log of each run that goes on what is the matter with all of them, or with those that need `pool`.
    func tellRuns(_ words: String, about pool: Pool? = nil) {
        for run in runs.values {
            if let pool, !run.jobs.contains(where: { $0.queued.pools.contains(pool) }) { continue }
            commit.append(Event(time: .now, type: .status, run: run.id, data: ["text": .string(words)]))
        }
    }

    func poolChanged(_ pool: Pool, _ standing: PoolGovernor.Standing) {
        tellRuns(
            standing == .open ? "\(pool.text) is well again" : Waiting.Reason.provider(pool, standing).news, about: pool
        )
        let due = standing.until.map {
            Timestamp(milliseconds: Timestamp.now.milliseconds + ($0 - clock).wholeMilliseconds)
        }
        commit.write { try $0.setPool(pool, standing: standing.word, until: due) }
    }
}

extension Waiting.Reason {
    /// The reason as a sentence of its own.
    fileprivate var news: String { "jobs wait for \(words)" }
}

extension Wish.Target {
    /// The same jobs, in the queue's words.
    var inQueue: JobQueue.Target {
        switch self {
        case .run(let id): .run(id)
        case .job(let id): .job(id)
        }
    }
}
