import Model
import Testing

@Suite struct OwnershipTests {
    @Test func `no interleaving of coordinators and a host gives two live attempts or two recorders`() {
        let (trace, worlds) = walk(Ownership())
        #expect(trace == nil, "\(trace?.joined(separator: "\n") ?? "")")
        // The walk is only worth something when it went somewhere.
        #expect(worlds > 10_000)
    }

    @Test(arguments: Broken.allCases) func `the walk catches a broken rule`(_ broken: Broken) {
        let (trace, worlds) = walk(broken)
        #expect(trace != nil, "\(broken) passed \(worlds) worlds")
    }
}

/// The rules with one mistake each.
enum Broken: String, CaseIterable, OwnershipRules {
    case writesWithoutLooking, adoptsWithoutLock, adoptsWhatWasAdopted, keepsEpoch, keepsFence, assumesNeverStarted
    case assumesDead, recordsLiving, obeysAnyone, beginsTwice, beginsAfterSuccess, trustsOnlyTheHost

    private var right: Ownership { Ownership() }

    func mayWrite(held: Int64, recorded: Int64?) -> Bool {
        self == .writesWithoutLooking || right.mayWrite(held: held, recorded: recorded)
    }

    func mayAdopt(lockTaken: Bool, epochSeen: Int64, epochNow: Int64) -> Bool {
        switch self {
        case .adoptsWithoutLock: epochSeen == epochNow
        case .adoptsWhatWasAdopted: lockTaken
        default: right.mayAdopt(lockTaken: lockTaken, epochSeen: epochSeen, epochNow: epochNow)
        }
    }

    func epochAfterAdoption(_ epoch: Int64) -> Int64 {
        self == .keepsEpoch ? epoch : right.epochAfterAdoption(epoch)
    }

    func fenceAfterAdoption(_ fence: Int64) -> Int64 {
        self == .keepsFence ? fence : right.fenceAfterAdoption(fence)
    }

    func takeUp(_ facts: SessionFacts) -> TakeUp {
        switch (self, facts.claim) {
        case (.assumesNeverStarted, .none) where !facts.hasExit: .neverStarted
        case (.assumesDead, .none) where !facts.hasExit: .declareDead
        case (.recordsLiving, .host): .recordEnding
        case (.trustsOnlyTheHost, .host) where !facts.hasExit && !facts.hostAlive: .neverStarted
        default: right.takeUp(facts)
        }
    }

    func hostObeys(fence: Int64, highestSeen: Int64) -> Bool {
        self == .obeysAnyone || right.hostObeys(fence: fence, highestSeen: highestSeen)
    }

    func mayBegin(unfinished: Int, jobIsFinal: Bool) -> Bool {
        switch self {
        case .beginsTwice: !jobIsFinal
        case .beginsAfterSuccess: unfinished == 0
        default: right.mayBegin(unfinished: unfinished, jobIsFinal: jobIsFinal)
        }
    }
}
