#!/usr/bin/env python3
"""Makes a large store: one real fan-out recorded by Tutti, copied with other words until the file is large enough.

Copies keep every reference between the rows of a run right, get identifiers and words of their own, and pass through the
same triggers as real rows, so that the full-text index grows with them. `bigstore.py 1000` leaves it under .build/bench.
"""

import random
import sqlite3
import subprocess
import sys

from contestants import TOOLS, Tutti

RARE = "zanzibar"
COMMON = "stream answer"
MODULES = 10
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# Tables in the order of their references, with the columns that refer to rows of others.
TABLES = {
    "runs": {"row": "runs", "first_event": "events"},
    "threads": {"row": "threads"},
    "jobs": {"row": "jobs", "run": "runs"},
    "sessions": {"row": "sessions", "job": "jobs", "run": "runs", "message": "message_rows",
                 "first_event": "events"},
    "session_progress": {"session": "sessions", "event_id": "events"},
    "message_rows": {"row": "message_rows", "thread": "threads", "job": "jobs", "session": "sessions"},
    "message_parts": {"message_id": "message_rows", "event": "events"},
    "blocks": {"row": "blocks", "session": "sessions", "message": "message_rows", "run": "runs"},
    "usage": {"session": "sessions"},
    "events": {"id": "events", "run": "runs", "job": "jobs", "session": "sessions", "block": "blocks"},
}
IDENTIFIERS = {"runs": "id", "threads": "id", "jobs": "id", "sessions": "id", "message_rows": "id"}
# Columns that hold such an identifier as text.
NAMES = {("jobs", "thread"), ("jobs", "message")}
KEYS = {"runs": "row", "threads": "row", "jobs": "row", "sessions": "row", "message_rows": "row", "blocks": "row",
        "events": "id"}


class Words:
    """Text like an answer: a few words very often, many seldom."""

    def __init__(self, dice):
        syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
        seldom = ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(20_000)]
        often = ["the", "of", "a", "and", "stream", "answer", "module", "to", "is", "in", "session", "which", "reads"]
        self.paragraphs = [" ".join(dice.choice(often) if dice.random() < 0.5 else dice.choice(seldom) for _ in range(90))
                           for _ in range(2_000)]
        self.dice = dice

    def text(self, length):
        parts = []
        while length > 0:
            parts.append(self.dice.choice(self.paragraphs))
            length -= len(parts[-1])
        return ". ".join(parts)


def identifier(dice):
    return "".join(dice.choices(CROCKFORD, k=16))


def template(db):
    """All rows of the one recorded run, and their columns."""
    rows, columns = {}, {}
    for table in TABLES:
        cursor = db.execute(f"SELECT * FROM {table}")
        columns[table] = [c[0] for c in cursor.description]
        rows[table] = cursor.fetchall()
    return rows, columns


def copy(db, rows, columns, turn, stride, words, dice):
    """One more run like the recorded one."""
    names = {row[columns[table].index("id")]: identifier(dice) for table in IDENTIFIERS for row in rows[table]}
    answers = {}
    for table, references in TABLES.items():
        fresh = []
        for row in rows[table]:
            values = dict(zip(columns[table], row))
            for column, target in references.items():
                if values[column] is not None and not (target == "events" and values[column] == 0):
                    values[column] += turn * stride[target]
            if table in IDENTIFIERS:
                values["id"] = names[values["id"]]
            for column in values:
                if (table, column) in NAMES and values[column] is not None:
                    values[column] = names[values[column]]
            if table == "runs":
                values["key"] = None
                values["question"] = words.text(80)
            if table == "message_rows":
                values["content"] = answers[values["row"]] = words.text(4000 if values["role"] == "assistant" else 80)
                if turn == 7 and values["role"] == "assistant":
                    values["content"] = answers[values["row"]] = values["content"] + " " + RARE
            if table == "blocks" and values["text"]:
                values["text"] = answers.get(values["message"], values["text"])
            fresh.append(tuple(values.values()))
        marks = ",".join("?" * len(columns[table]))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", fresh)


def record(contestant):
    """The one real fan-out."""
    contestant.prepare(TOOLS / "run" / "big", MODULES, ["lines=60", "rate=100"])
    subprocess.run(contestant.command(MODULES), env=contestant.environment, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)


def make(megabytes, seed=1):
    """The contestant whose folder it is, and the path of the store."""
    contestant, dice = Tutti(), random.Random(seed)
    record(contestant)
    db = sqlite3.connect(contestant.store, isolation_level=None)
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-200000")
    rows, columns = template(db)
    stride = {table: max((r[columns[table].index(key)] for r in rows[table]), default=0) for table, key in KEYS.items()}
    words, turn = Words(dice), 0
    page = db.execute("PRAGMA page_size").fetchone()[0]
    while db.execute("PRAGMA page_count").fetchone()[0] * page < megabytes * 1_000_000:
        db.execute("BEGIN")
        for _ in range(50):
            turn += 1
            copy(db, rows, columns, turn, stride, words, dice)
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if (verdict := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
        raise RuntimeError(verdict)
    db.close()
    print(f"  {contestant.store}: {turn * len(rows['sessions']):,} sessions, {turn * len(rows['events']):,} events", flush=True)
    return contestant, contestant.store


if __name__ == "__main__":
    make(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
