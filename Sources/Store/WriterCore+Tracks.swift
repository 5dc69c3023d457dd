internal import GRDB
internal import Model

/// Reading back what the writer must know of a session: after an adoption, a rollback or a restart.
extension WriterCore {
    /// The track of a session, read from the store when it is not known.
    func track(_ id: Identifier) throws -> SessionTrack {
        if let row = trackRows[id], let track = tracks[row] { return track }
        try load([id])
        guard let row = trackRows[id], let track = tracks[row] else {
            throw StoreError.missing(kind: "session", id: id)
        }
        return track
    }

    /// Begins the track of a session that has just been written and has no events.
    func begin(_ id: Identifier, row: Int64, message: Int64?, event: Int64) throws {
        let track = SessionTrack(id: id, row: row, message: message, offset: 0, event: event)
        if let message { track.nextOrdinal = try nextOrdinal(of: message) }
        tracks[row] = track
        trackRows[id] = row
        touched.insert(row)
    }

    /// Reads the tracks of all `ids` that are not known, with one pass over the end of the log.
    func load(_ ids: some Sequence<Identifier>) throws {
        var loaded: [SessionTrack] = []
        for id in Set(ids) where trackRows[id] == nil {
            guard
                let found = try Row.fetchOne(
                    try statement(
                        "SELECT row, offset, event_id FROM sessions JOIN session_progress ON session = row WHERE id = ?"
                    ),
                    arguments: [id.text])
            else { continue }
            let row: Int64 = found[0]
            let offset: Int64 = found[1]
            let event: Int64 = found[2]
            let message: Int64? = try value(
                "SELECT max(row) FROM message_rows WHERE status = 'processing' AND session = ?", [row])
            let track = SessionTrack(id: id, row: row, message: message, offset: offset, event: event)
            if let message { try loadBlocks(of: message, into: track) }
            try loadTools(into: track)
            loaded.append(track)
        }
        guard let oldest = loaded.map(\.savedEvent).min() else { return }
        try replay(after: oldest, into: Dictionary(uniqueKeysWithValues: loaded.map { ($0.row, $0) }))
        for track in loaded {
            tracks[track.row] = track
            trackRows[track.id] = track.row
            touched.insert(track.row)
            // At once: rows that the replay wrote name the newest event, and the text after them must not be behind it.
            try flush(track)
            if track.event > track.savedEvent { try queueSave(track) }
        }
    }

    /// Where the next block of a message goes.
    func nextOrdinal(of message: Int64) throws -> Int64 {
        let parts: Int64? = try value("SELECT max(block) FROM message_parts WHERE message_id = ?", [message])
        let blocks: Int64? = try value("SELECT max(ordinal) FROM blocks WHERE message = ?", [message])
        return max(parts ?? -1, blocks ?? -1) + 1
    }

    private func loadBlocks(of message: Int64, into track: SessionTrack) throws {
        let parts = try Row.fetchCursor(
            try statement(
                "SELECT block, n, event, key, text FROM message_parts WHERE message_id = ? ORDER BY block, n"),
            arguments: [message])
        var block: OpenBlock?
        while let part = try parts.next() {
            let ordinal: Int64 = part[0]
            let number: Int64 = part[1]
            let text: String = part[4]
            if number == 0 {
                let key = BlockKey(storedText: part[3] ?? "")
                let found = OpenBlock(ordinal: ordinal, key: key, separator: text)
                found.isSeparated = true
                track.blocks[key] = found
                block = found
            } else if let block {
                block.digest.add(text)
            }
            block?.next = number + 1
            track.partsEvent = max(track.partsEvent, part[2])
        }
        track.nextOrdinal = try nextOrdinal(of: message)
    }

    private func loadTools(into track: SessionTrack) throws {
        let open = try Row.fetchCursor(
            try statement("SELECT key, row FROM blocks WHERE session = ? AND kind = 'tool' AND ended_at IS NULL"),
            arguments: [track.row])
        while let tool = try open.next() {
            if let key: String = tool[0] { track.tools[key] = tool[1] }
        }
    }

    /// Adds what the log holds beyond the sessions' rows: offsets, newest events, and text that is in no part yet.
    private func replay(after oldest: Int64, into tracks: [Int64: SessionTrack]) throws {
        let events = try Row.fetchCursor(
            try statement(
                """
                SELECT id, session, type, offset, block, CASE WHEN type IN (20, 21, 22) THEN data END FROM events
                WHERE id > ? AND session IS NOT NULL ORDER BY id
                """), arguments: [oldest])
        var texts: [(SessionTrack, EventType, String?, Int64?)] = []
        while let event = try events.next() {
            guard let track = tracks[event[1]] else { continue }
            let number: Int64 = event[0]
            guard number > track.savedEvent else { continue }
            track.event = number
            if let offset: Int64 = event[3] { track.offset = max(track.offset, offset) }
            let type = EventType.numbered(event[2])
            guard track.message != nil, number > track.partsEvent, [.textDelta, .textReset, .textBlock].contains(type)
            else { continue }
            texts.append((track, type, event[5], event[4]))
        }
        for (track, type, data, block) in texts { try replay(type, data, block: block, into: track) }
    }

    private func replay(_ type: EventType, _ data: String?, block: Int64?, into track: SessionTrack) throws {
        if type == .textBlock {
            guard
                let row = try Row.fetchOne(
                    try statement("SELECT key, text FROM blocks WHERE row = ?"), arguments: [block]),
                let key: String = row[0], let text: String = row[1]
            else { return }
            let open = track.open(BlockKey(storedText: key), follows: false)
            try replace(open, with: text, in: track)
            return
        }
        guard
            let row = try Row.fetchOne(
                try statement("SELECT ?1 ->> '$.block', ?1 ->> '$.text', ?1 ->> '$.follows'"), arguments: [data]),
            let key: String = row[0]
        else { return }
        let name = BlockKey(storedText: key)
        if type == .textReset {
            if let open = track.blocks[name] { try reset(open, in: track) }
        } else {
            let follows: Bool? = row[2]
            track.add(row[1] ?? "", to: track.open(name, follows: follows ?? false))
        }
    }
}

extension BlockKey {
    /// The key of its stored form, `MESSAGE/INDEX`.
    init(storedText: String) {
        guard let slash = storedText.lastIndex(of: "/"), let index = Int(storedText[storedText.index(after: slash)...])
        else {
            self.init(message: storedText, index: 0)
            return
        }
        self.init(message: String(storedText[..<slash]), index: index)
    }
}
