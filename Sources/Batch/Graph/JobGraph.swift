import Settings

/// Which job comes before which: by `needs`, and a job of `on_failure` after the one that names it.
struct JobGraph: Sendable {
    let names: [String]
    private let places: [String: Int]
    /// For each job those that it needs.
    private var needed: [[Int]]
    /// For each job those that need it.
    private let followers: [[Int]]
    /// For each job those that name it under `on_failure`.
    private var callers: [[Int]]

    init(_ jobs: [JobDeclaration]) {
        names = jobs.map(\.name)
        let places = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        self.places = places
        needed = jobs.map { job in job.needs.compactMap { places[$0.job] } }
        var followers = [[Int]](repeating: [], count: jobs.count)
        for (follower, before) in needed.enumerated() { for other in before { followers[other].append(follower) } }
        self.followers = followers
        callers = jobs.map { _ in [] }
        for (index, job) in jobs.enumerated() {
            for name in job.onFailure.compactMap(\.text) {
                if let place = places[name], !callers[place].contains(index) { callers[place].append(index) }
            }
        }
    }

    /// The jobs that name `job` under `on_failure`.
    func callers(of job: String) -> [String] { (places[job].map { callers[$0] } ?? []).map { names[$0] } }

    /// True when `earlier` has ended by the time `job` starts, whichever way it came to start.
    func has(_ job: String, after earlier: String) -> Bool {
        guard let job = places[job], let earlier = places[earlier] else { return false }
        if reaches(job, earlier) { return true }
        // A job that others call has behind it only what all of them have.
        return !callers[job].isEmpty && callers[job].allSatisfy { $0 == earlier || reaches($0, earlier) }
    }

    /// All jobs that `job` needs, and what these need.
    func ancestors(of job: String) -> Set<String> { closure(of: job, through: needed) }

    /// All jobs that need `job`, and those that need them.
    func descendants(of job: String) -> Set<String> { closure(of: job, through: followers) }

    /// True when some job needs `job`.
    func isNeeded(_ job: String) -> Bool { places[job].map { !followers[$0].isEmpty } ?? false }

    private func closure(of job: String, through edges: [[Int]]) -> Set<String> {
        guard let start = places[job] else { return [] }
        var seen: Set<Int> = []
        var waiting = edges[start]
        while let next = waiting.popLast() { if seen.insert(next).inserted { waiting += edges[next] } }
        return Set(seen.map { names[$0] })
    }

    private func reaches(_ from: Int, _ target: Int) -> Bool {
        if needed[from].contains(target) { return true }
        var seen = [Bool](repeating: false, count: names.count)
        var waiting = needed[from]
        while let next = waiting.popLast() {
            if next == target { return true }
            if seen[next] { continue }
            seen[next] = true
            waiting += needed[next]
        }
        return false
    }

    /// Circles, each as the jobs that wait for each other, first to first again.
    func circles() -> [[String]] {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: names.count)
        var circles: [[String]] = []
        for start in names.indices where marks[start] == .new {
            // A path through the graph with the place in each job's list; no recursion, as a chain may be thousands long.
            var path: [(job: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let last = path.last {
                let before = needed[last.job] + callers[last.job]
                guard last.next < before.count else {
                    marks[last.job] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let next = before[last.next]
                switch marks[next] {
                case .done: break
                case .new:
                    marks[next] = .open
                    path.append((next, 0))
                case .open:
                    let first = path.firstIndex { $0.job == next } ?? 0
                    circles.append((path[first...].map(\.job) + [next]).map { names[$0] })
                }
            }
        }
        return circles
    }

    /// For each job the wave it starts in, from 1; nil for those that start only when another failed, and for circles.
    func waves() -> [Int?] {
        var waves = [Int?](repeating: nil, count: names.count)
        var left = needed.map(\.count)
        var ready = names.indices.filter { left[$0] == 0 && callers[$0].isEmpty }
        for job in ready { waves[job] = 1 }
        while let job = ready.popLast() {
            for next in followers[job] {
                waves[next] = max(waves[next] ?? 1, (waves[job] ?? 1) + 1)
                left[next] -= 1
                if left[next] == 0 { ready.append(next) }
            }
        }
        return waves.enumerated().map { left[$0.offset] == 0 ? $0.element : nil }
    }
}
