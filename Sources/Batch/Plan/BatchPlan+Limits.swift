package import Model
import Settings

/// A named limit of a batch.
package struct BatchPool: Sendable, Hashable {
    /// The name by which jobs take a place in it.
    package var name: String
    /// The most sessions at one time.
    package var max: Int
    /// Whether the limit falls under overload and rises again.
    package var isAdaptive: Bool
    /// No session of it starts while less memory is available; nil is no floor of its own.
    package var memoryFloor: Int64?
    /// Places that are kept free for questions that a person waits for.
    package var interactiveReserve: Int
}

extension BatchPlan {
    /// The pools with the inputs filled in, in the order of the file; throws exit status 78 when one is no limit then.
    package func pools() throws(TuttiError) -> [BatchPool] {
        do throws(ConfigProblem) { return try readPools() } catch { throw ConfigProblem.error([error]) }
    }

    /// What the whole run may use, with the inputs filled in; throws exit status 78 when it is no amount then.
    package func budget() throws(TuttiError) -> BatchBudget {
        do throws(ConfigProblem) { return try readBudget() } catch { throw ConfigProblem.error([error]) }
    }

    /// Collects what is wrong with pools and budget for these inputs.
    func checkLimits(_ problems: inout ProblemList) {
        do throws(ConfigProblem) {
            _ = try readPools()
            _ = try readBudget()
        } catch {
            problems.add(error)
        }
    }

    private func readPools() throws(ConfigProblem) -> [BatchPool] {
        var pools: [BatchPool] = []
        for entry in file.pools {
            let json = try entry.value.rendered(in: scope(), file.source)
            pools.append(
                BatchPool(
                    name: entry.key, max: Int(json["max"]?.integer ?? 1), isAdaptive: json["adaptive"]?.bool ?? false,
                    memoryFloor: json["memory_floor"]?.string.flatMap(Quantity.size),
                    interactiveReserve: Int(json["interactive_reserve"]?.integer ?? 0)))
        }
        return pools
    }

    private func readBudget() throws(ConfigProblem) -> BatchBudget {
        BatchBudget(try file.budget?.rendered(in: scope(), file.source))
    }

    /// Outside of every job only the inputs and the batch are known.
    private func scope() -> TemplateScope {
        TemplateScope(roots: [
            "inputs": .object(inputs),
            "batch": [
                "name": .string(file.name), "file": .string(file.path), "folder": .string(folder),
                "hash": .string(file.hash),
            ],
        ])
    }
}
