"""What both asyncio peers share: one table, WAL, a row per event, a commit every few milliseconds or 500 rows."""

import json
import sqlite3


class Recording:
    """The store of a peer."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, session INT, type TEXT, text TEXT)")
        self.rows = []

    def take(self, session, line):
        """One line of a provider: a delta gives its text, any other line itself."""
        event = json.loads(line)
        if event["type"] == "stream_event":
            event = event["event"]
            if event["type"] == "content_block_delta":
                self.rows.append((session, "text.delta", event["delta"]["text"]))
                return
        self.rows.append((session, event["type"], line.decode()))

    def flush(self):
        rows, self.rows = self.rows, []
        for start in range(0, len(rows), 500):
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany("INSERT INTO events(session, type, text) VALUES(?,?,?)", rows[start:start + 500])
            self.db.execute("COMMIT")

    def close(self):
        self.flush()
        self.db.close()
