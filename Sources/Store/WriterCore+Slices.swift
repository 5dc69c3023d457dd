internal import GRDB
internal import Model

/// From what a recorder says to rows.
extension WriterCore {
    /// Writes all of a slice: its events, what they change, and the offset.
    func apply(_ slice: RecordedSlice) throws {
        let track = try track(slice.session)
        touched.insert(track.row)
        let last = slice.entries.count - 1
        for (index, entry) in slice.entries.enumerated() {
            // The last event carries the slice's own end, so that bytes which say nothing are not read again.
            let end = index == last && slice.offset > 0 ? slice.offset : entry.end
            try apply(entry.what, at: entry.time, end: end, to: track)
        }
        track.offset = max(track.offset, slice.offset)
        if track.event > track.savedEvent { try queueSave(track) }
    }

    private func apply(_ what: Recorded, at time: Timestamp, end: Int64?, to track: SessionTrack) throws {
        // At once: a save in mid-slice must not write the event without its offset, which nobody would look for again.
        func note(_ event: Int64) {
            track.event = event
            if let end { track.offset = max(track.offset, end) }
        }
        func log(_ type: EventType, _ data: String?, block: Int64? = nil) throws {
            note(try self.log(type, at: time, session: track.row, block: block, offset: end, data: data))
        }
        func log(_ type: EventType, _ key: BlockKey, _ text: String, follows: Bool) throws {
            let row = EventInsert.Row(
                at: time.milliseconds, type: Int64(type.number), session: track.row, offset: end)
            note(try insert(row) { EventData.write(key, text, follows: follows, to: &$0) })
        }
        switch what {
        case .event(let type, let data):
            try log(type, data.text)
            if type == .sessionFirstToken {
                try execute(
                    "UPDATE sessions SET first_token_at = coalesce(first_token_at, ?) WHERE row = ?",
                    [time.milliseconds, track.row])
            }
        case .textDelta(let key, let text, let follows):
            try log(.textDelta, key, text, follows: follows)
            guard track.message != nil else { return }
            track.add(text, to: track.open(key, follows: follows))
            try queueFlush(track)
        case .thinkingDelta(let key, let text):
            try log(.thinkingDelta, key, text, follows: false)
        case .textReset(let key):
            let data: JSONObject = ["block": .string(key.text)]
            try log(.textReset, data.text)
            if let block = track.blocks[key] { try reset(block, in: track) }
        case .textBlock(let key, let text, let follows):
            try finish(key, text, follows: follows, at: time, in: track) { row in try log(.textBlock, nil, block: row) }
        case .toolStarted(let id, let name, let input):
            let row = try insertBlock(
                "tool", in: track, key: id, name: name, input: input, text: nil, startedAt: time, endedAt: nil)
            track.tools[id] = row
            track.activity = "▸ \(name) \(input.prefix(100))"
            try log(.toolStarted, nil, block: row)
        case .toolCompleted(let id, let isError, let output):
            let row: Int64
            if let open = track.tools.removeValue(forKey: id) {
                row = open
                try execute(
                    "UPDATE blocks SET text = ?, is_error = ?, ended_at = ? WHERE row = ?",
                    [WriterCore.storable(output), isError, time.milliseconds, row])
            } else {
                row = try insertBlock(
                    "tool", in: track, key: id, text: output, isError: isError, startedAt: time, endedAt: time)
            }
            try log(.toolCompleted, nil, block: row)
        case .figure(let type, let data, let text):
            _ = try insertBlock(
                type.rawValue, in: track, input: data.text, text: text, startedAt: time, endedAt: time)
            try log(type, data.text)
        case .usage(let report):
            for increment in report.increments { try add(increment, to: track.row, at: time) }
            try log(.usage, EventData.usage(report))
        case .identified(let session, let model):
            try execute(
                """
                UPDATE sessions SET provider_session = coalesce(?, provider_session), model = coalesce(?, model)
                WHERE row = ?
                """, [session.map(WriterCore.storable), model.map(WriterCore.storable), track.row])
        case .state(let state):
            try execute(
                "UPDATE sessions SET state = ? WHERE row = ? AND ended_at IS NULL", [state.rawValue, track.row])
        case .openMessage(let draft):
            try save(track)
            // A turn that is read a second time goes on with the message that it has.
            if let known = try Row.fetchOne(
                try statement(
                    "SELECT row, status = 'processing' FROM message_rows WHERE session = ? AND turn = ? AND role = ?"),
                arguments: [track.row, draft.turn, draft.role.rawValue])
            {
                let row: Int64? = known[1] ? known[0] : nil
                guard track.message != row else { return }
                track.move(to: row)
                if let row { track.nextOrdinal = try nextOrdinal(of: row) }
                return
            }
            track.move(to: try insert(draft, session: track.row))
            let data: JSONObject = [
                "message": .string(draft.id.text), "thread": .string(draft.thread.text),
                "role": .string(draft.role.rawValue), "turn": .integer(Int64(draft.turn)),
            ]
            try log(.messageStarted, data.text)
            try save(track)
        case .closeMessage(let id, let status, let content, let failure):
            // An adopter may not know how an earlier coordinator named the turn's message: then it is the current one.
            var name: Identifier? = id
            let known: Int64? = try value("SELECT row FROM message_rows WHERE id = ?", [id.text])
            if known == nil {
                let current: String? = try value("SELECT id FROM message_rows WHERE row = ?", [track.message])
                name = current.flatMap { Identifier($0) }
            }
            guard let name, try complete(name, status, content: content, failure: failure, at: time) else { return }
            var data: JSONObject = ["message": .string(name.text), "status": .string(status.rawValue)]
            if let failure {
                data["error_class"] = .string(failure.class.rawValue)
                data["error"] = .string(failure.message)
            }
            try log(.messageCompleted, data.text)
            try save(track)
        }
    }

    private func finish(
        _ key: BlockKey, _ text: String, follows: Bool, at time: Timestamp, in track: SessionTrack,
        log: (Int64) throws -> Void
    ) throws {
        guard track.message != nil else {
            return try log(
                try insertBlock("text", in: track, key: key.text, text: text, startedAt: time, endedAt: time))
        }
        let block = track.open(key, follows: follows)
        var whole = TextDigest()
        whole.add(text)
        let row = try insertBlock(
            "text", in: track, key: key.text, ordinal: block.ordinal, text: text, startedAt: time, endedAt: time)
        try log(row)
        if whole != block.digest {
            try replace(block, with: text, in: track)
        } else {
            try flush(track)
        }
    }

    /// Adds a piece of a session to `blocks`, where search finds it.
    func insertBlock(
        _ kind: String, in track: SessionTrack, key: String? = nil, ordinal: Int64? = nil, name: String? = nil,
        input: String? = nil, text: String?, isError: Bool = false, startedAt: Timestamp, endedAt: Timestamp?
    ) throws -> Int64 {
        try execute(
            """
            INSERT INTO blocks (session, message, ordinal, kind, key, role, module, run, is_error, started_at, ended_at,
                name, input, text)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, module, run, ?7, ?8, ?9, ?10, ?11, ?12 FROM sessions WHERE row = ?1
            """,
            [
                track.row, track.message, ordinal, kind, key.map(WriterCore.storable),
                kind == "tool" ? MessageRole.tool.rawValue : MessageRole.assistant.rawValue, isError,
                startedAt.milliseconds, endedAt?.milliseconds, name.map(WriterCore.storable),
                input.map(WriterCore.storable), text.map(WriterCore.storable),
            ])
        let row = db.lastInsertedRowID
        rows += 2
        return row
    }

    /// Adds tokens and money to the ledger.
    private func add(_ increment: ModelUsage, to session: Int64, at time: Timestamp) throws {
        let usage = increment.usage
        let isUnpriced = usage.cost == nil && usage.total > 0
        try execute(
            """
            INSERT INTO usage (session, model, day, input, cache_read, cache_write, output, reasoning, cost_nanos, unpriced)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (session, model, day) DO UPDATE SET \(Self.growth), unpriced = unpriced + excluded.unpriced
            """,
            [
                session, increment.model ?? "", time.milliseconds / 86_400_000, usage.input, usage.cacheRead,
                usage.cacheWrite, usage.output, usage.reasoning, usage.cost?.nanos ?? 0, isUnpriced ? 1 : 0,
            ])
    }

    /// A sum that passes the largest number becomes a REAL, which the column refuses: it stops before.
    private static let growth = ["input", "cache_read", "cache_write", "output", "reasoning", "cost_nanos"].map {
        "\($0) = max(-\(mostInRow), min(\($0) + excluded.\($0), \(mostInRow)))"
    }.joined(separator: ", ")
    private static let mostInRow: Int64 = 9_000_000_000_000_000_000
}
