import Model
import StreamJSON

/// What a turn used, as its result states it: sums over the session, and what is new in them.
extension ClaudeDialect {
    mutating func readUsage(_ line: JSONMembers, into events: inout EventSink) {
        let sums = line["modelUsage"].map(ClaudeDialect.usage) ?? []
        var increments: [ModelUsage]
        if let since = line["model_usage_since_last_result"], since.isObject {
            increments = ClaudeDialect.usage(since)
        } else if !sums.isEmpty, counted != nil {
            // All that the sums hold beyond what was counted is new.
            increments = []
        } else if !sums.isEmpty, results > 1 {
            increments = sums.map { sum in
                let before = stated.first { $0.model == sum.model }?.usage ?? Usage(cost: .zero)
                return ModelUsage(model: sum.model, usage: sum.usage - before)
            }
        } else if let usage = line["usage"], usage.isObject {
            // A first result that states no increments: its sums may hold the past of a session that others began.
            increments = [ModelUsage(model: model, usage: ClaudeDialect.turnUsage(usage))]
        } else {
            increments = []
        }
        if !sums.isEmpty {
            if let counted { increments = ClaudeDialect.settle(increments, sums, counted) }
            counted = nil
            stated = sums
        }
        increments.removeAll { $0.usage.total == 0 && ($0.usage.cost ?? .zero) == .zero }
        if increments.isEmpty, sums.isEmpty { return }
        events(.usage(UsageReport(increments: increments, stated: sums)))
    }

    /// `increments`, and what the first sums of a process that goes on with a session hold beyond them and what was `counted`.
    ///
    /// A process that was ended before its result has stated nothing; what it used stands in the sums of the session, and in no
    /// increment (`killtool_then_resume`: a sum of $0.00856, an increment of $0.00406). After SIGKILL the sums may have lost it,
    /// or more: they take nothing away. `counted` is known over all models only, and goes off the sums in their order.
    private static func settle(_ increments: [ModelUsage], _ sums: [ModelUsage], _ counted: Usage) -> [ModelUsage] {
        var counted = counted
        var settled = increments
        for sum in sums {
            let place = settled.firstIndex { $0.model == sum.model }
            var own = place.map { settled[$0].usage } ?? Usage(cost: .zero)
            own.input += missing(sum.usage.input, own.input, &counted.input)
            own.cacheRead += missing(sum.usage.cacheRead, own.cacheRead, &counted.cacheRead)
            own.cacheWrite += missing(sum.usage.cacheWrite, own.cacheWrite, &counted.cacheWrite)
            own.output += missing(sum.usage.output, own.output, &counted.output)
            own.reasoning += missing(sum.usage.reasoning, own.reasoning, &counted.reasoning)
            if let total = sum.usage.cost, let cost = own.cost, var known = counted.cost {
                own.cost = cost + missing(total, cost, &known)
                counted.cost = known
            } else if place == nil {
                own.cost = nil
            }
            let part = ModelUsage(model: sum.model, usage: own)
            if let place { settled[place] = part } else { settled.append(part) }
        }
        return settled
    }

    /// What `sum` holds beyond what is new in it and what was counted before; that is used up on the way.
    private static func missing<Count: AdditiveArithmetic & Comparable>(
        _ sum: Count, _ new: Count, _ counted: inout Count
    ) -> Count {
        let over = max(.zero, sum - new)
        let known = min(over, max(.zero, counted))
        counted -= known
        return over - known
    }

    /// Usage by model, as claude writes it for its whole session.
    private static func usage(_ models: JSONSlice) -> [ModelUsage] {
        var usage: [ModelUsage] = []
        models.forEachMember { name, value in
            let counts = value.members
            func count(_ key: StaticString) -> Int64 { Usage.count(counts[key]?.integer) }
            usage.append(
                ModelUsage(
                    model: name.string,
                    usage: Usage(
                        input: count("inputTokens"), cacheRead: count("cacheReadInputTokens"),
                        cacheWrite: count("cacheCreationInputTokens"), output: count("outputTokens"),
                        reasoning: count("thinkingTokens"),
                        cost: counts["costUSD"]?.number.flatMap { Money(dollars: $0.double) })))
        }
        return usage
    }

    /// Usage of one turn's main loop, as the API writes it; without a price.
    private static func turnUsage(_ usage: JSONSlice) -> Usage {
        let counts = usage.members
        func count(_ key: StaticString) -> Int64 { Usage.count(counts[key]?.integer) }
        return Usage(
            input: count("input_tokens"), cacheRead: count("cache_read_input_tokens"),
            cacheWrite: count("cache_creation_input_tokens"), output: count("output_tokens"))
    }
}
