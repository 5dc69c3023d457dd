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
    ///
    /// Every query is asked once for all of them: an adopter may find thousands.
    func load(_ ids: some Sequence<Identifier>) throws {
        let unknown = Set(ids).filter { trackRows[$0] == nil }
        guard !unknown.isEmpty else { return }
        let loaded = try readTracks(unknown)
        guard let oldest = loaded.map(\.savedEvent).min() else { return }
        try loadBlocks(into: loaded)
        try loadTools(into: loaded)
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

    private func readTracks(_ ids: Set<Identifier>) throws -> [SessionTrack] {
        let found = try Row.fetchCursor(
            try statement(
                """
                SELECT s.id, s.row, p.offset, p.event_id,
                    (SELECT max(row) FROM message_rows WHERE status = 'processing' AND session = s.row)
                FROM sessions s JOIN session_progress p ON p.session = s.row
                WHERE s.id IN (SELECT value FROM json_each(?))
                """), arguments: [JSONValue.array(ids.map { .string($0.text) }).text])
        var tracks: [SessionTrack] = []
        while let row = try found.next() {
            guard let id = Identifier(row[0]) else { continue }
            tracks.append(SessionTrack(id: id, row: row[1], message: row[4], offset: row[2], event: row[3]))
        }
        return tracks
    }

    /// Where the next block of a message goes.
    func nextOrdinal(of message: Int64) throws -> Int64 {
        let parts: Int64? = try value("SELECT max(block) FROM message_parts WHERE message_id = ?", [message])
        let blocks: Int64? = try value("SELECT max(ordinal) FROM blocks WHERE message = ?", [message])
        return max(parts ?? -1, blocks ?? -1) + 1
    }

    private func loadBlocks(into tracks: [SessionTrack]) throws {
        let byMessage = Dictionary(grouping: tracks.filter { $0.message != nil }) { $0.message ?? 0 }
        let messages = StoreReader.list(byMessage.keys)
        let parts = try Row.fetchCursor(
            try statement(
                """
                SELECT message_id, block, n, event, key, text FROM message_parts
                WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY message_id, block, n
                """), arguments: [messages])
        var block: OpenBlock?
        while let part = try parts.next() {
            guard let track = byMessage[part[0]]?.first else { continue }
            let ordinal: Int64 = part[1]
            let number: Int64 = part[2]
            let text: String = part[5]
            if number == 0 {
                let key = BlockKey(storedText: part[4] ?? "")
                let found = OpenBlock(ordinal: ordinal, key: key, separator: text)
                found.isSeparated = true
                track.blocks[key] = found
                block = found
            } else if let block {
                block.digest.add(text)
            }
            block?.next = number + 1
            track.partsEvent = max(track.partsEvent, part[3])
            track.nextOrdinal = max(track.nextOrdinal, ordinal + 1)
        }
        let blocks = try Row.fetchCursor(
            try statement(
                """
                SELECT message, max(ordinal) FROM blocks WHERE message IN (SELECT value FROM json_each(?)) GROUP BY message
                """), arguments: [messages])
        while let row = try blocks.next() {
            guard let track = byMessage[row[0]]?.first, let ordinal: Int64 = row[1] else { continue }
            track.nextOrdinal = max(track.nextOrdinal, ordinal + 1)
        }
    }

    private func loadTools(into tracks: [SessionTrack]) throws {
        let byRow = Dictionary(uniqueKeysWithValues: tracks.map { ($0.row, $0) })
        let open = try Row.fetchCursor(
            try statement(
                """
                SELECT session, key, row FROM blocks
                WHERE session IN (SELECT value FROM json_each(?)) AND kind = 'tool' AND ended_at IS NULL
                """), arguments: [StoreReader.list(byRow.keys)])
        while let tool = try open.next() {
            if let key: String = tool[1] { byRow[tool[0]]?.tools[key] = tool[2] }
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
