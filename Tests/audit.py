#!/usr/bin/env python3
"""audit.py - judges what is left of a store after something was killed.

    audit.py --db STORE [--state STATE] [--effects FILE]              prints one line; exit status 0 when nothing is wrong
    audit.py --db STORE [--state STATE] [--effects FILE] --self-test  plants faults into copies of a sound store first

STATE is the folder that holds `stores/` ($XDG_STATE_HOME/tutti); FILE is what `fake-provider --effects` wrote. The line is

    jobs N lost 0 duplicated 0 unexpected 0 recovered R; integrity ok; status wrong 0; orphans 0

  lost        jobs whose row, attempt, events, text or usage is missing or shorter than what the provider wrote
  duplicated  jobs that succeeded twice, whose provider was started twice, or of which something is stored twice
  unexpected  rows that belong to nothing, and sessions of the effects log that the store does not know
  recovered   sessions that another coordinator took over and that came to an end
  status      runs, jobs, sessions and messages whose word is not what the spool, the exit record or their parts say
  orphans     living processes of sessions that are over, or that nobody follows

What the provider said is read from the spools by oracle.py, which knows nothing of Tutti. What is wrong goes to standard
error, one line each. Standard library only.
"""
import argparse
import collections
import fcntl
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import oracle  # noqa: E402

FINAL = {
    "run": {"completed", "failed", "cancelled"},
    "job": {"completed", "failed", "cancelled", "skipped"},
    "session": {"completed", "failed", "cancelled", "lost"},
}
# A whole success in the spool may still be a failure for one of these reasons.
OURS = {"structured_output", "verify_failed", "spool_full", "spool_truncated", "store_full", "oversize", "cancelled"}


def bare(text):
    """Text without white space: how blocks are set apart is not what is compared."""
    return "".join((text or "").replace("\u2400", "\0").split())


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


class Spool:
    """What a provider wrote, and what it means."""

    def __init__(self, folder):
        self.known, self.success, self.text, self.usage = False, None, "", {}
        path = pathlib.Path(folder) / "spool.jsonl"
        if not path.exists():
            return
        lines, _ = oracle.load(path)
        lines = [line for line in lines if isinstance(line, dict)]
        kinds = {line["type"] for line in lines if isinstance(line.get("type"), str)}
        read = oracle.claude if "system" in kinds else oracle.codex if "thread.started" in kinds else None
        if read is None:
            return
        try:
            verdict, self.text, _, self.usage, _ = read(lines)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError):
            return  # Not of the shape that the oracle knows.
        self.known, self.success = True, verdict is None


class Audit:
    def __init__(self, db, state=None, effects=None):
        self.path, self.state, self.effects = db, state, effects
        self.lost, self.duplicated, self.unexpected = set(), set(), set()
        self.wrong, self.orphans, self.notes = set(), set(), []
        self.jobs, self.recovered, self.integrity = 0, 0, "ok"

    def note(self, which, name, what):
        if name not in which:
            which.add(name)
            self.notes.append(f"{what}: {name}")

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.copy(folder)
                self.db.row_factory = sqlite3.Row
                self.check_integrity()
                self.read()
                self.check_log()
                self.check_rows()
                self.check_sessions()
                self.check_states()
                self.check_effects()
            except sqlite3.DatabaseError as error:
                self.integrity = f"bad ({error})"
            self.check_orphans()
        return self

    def copy(self, folder):
        """A copy, so that the store itself is only read."""
        source = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        self.db = sqlite3.connect(os.path.join(folder, "copy.db"))
        source.backup(self.db)
        source.close()

    def check_integrity(self):
        found = [row[0] for row in self.db.execute("pragma integrity_check(3)")]
        if found != ["ok"]:
            self.integrity = f"bad ({'; '.join(found)})"
        for row in self.db.execute("pragma foreign_key_check"):
            self.note(self.unexpected, f"{row[0]} row {row[1]}", "refers to nothing")
        self.db.execute("insert into blocks_search (blocks_search, rank) values ('integrity-check', 1)")

    def read(self):
        def rows(table):
            return {row["row"]: dict(row) for row in self.db.execute(f"select * from {table}")}

        self.runs, self.jobs_by_row, self.sessions = rows("runs"), rows("jobs"), rows("sessions")
        self.messages = {row["row"]: dict(row) for row in self.db.execute("select * from messages")}
        self.jobs = len(self.jobs_by_row)
        self.attempts = collections.defaultdict(list)
        for session in self.sessions.values():
            self.attempts[session["job"]].append(session)
        # The copy is the auditor's own, and is asked for each session.
        self.db.execute("create index events_by_session on events (session, type)")
        self.alive = set()
        store = self.db.execute("select value from store where key = 'id'").fetchone()[0]
        folder = pathlib.Path(self.state or "/nonexistent") / "stores" / store / "coordinators"
        for lock in folder.glob("*.lock") if folder.exists() else []:
            with open(lock, "rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    self.alive.add(lock.stem)
        self.recovered = sum(s["epoch"] > 1 and s["state"] in FINAL["session"] for s in self.sessions.values())

    def job_of(self, session):
        job = self.jobs_by_row.get(session["job"])
        return job["id"] if job else f"of session {session['id']}"

    def check_log(self):
        """Numbers are given without holes, and whoever deletes events counts them."""
        count = self.db.execute("select count(*) from events").fetchone()[0]
        given = self.db.execute("select seq from sqlite_sequence where name = 'events'").fetchone()
        deleted = self.db.execute("select value from store where key = 'deleted_events'").fetchone()
        deleted = int(deleted[0]) if deleted else 0
        last = given[0] if given else 0
        if count + deleted < last:
            missing = []
            if not deleted:
                present = {row[0] for row in self.db.execute("select id from events")}
                missing = sorted(set(range(1, last + 1)) - present)[:100]
            for number in missing:
                self.note(self.lost, f"event {number}", "missing in the log")
            if not missing:
                self.note(self.lost, f"{last - count - deleted} of {last} events", "missing in the log")
        elif count + deleted > last:
            self.note(self.duplicated, f"{count + deleted} of {last} events", "more in the log than numbers were given")

    def check_rows(self):
        places, attempts = collections.defaultdict(set), collections.defaultdict(set)
        for job in self.jobs_by_row.values():
            places[job["run"]].add(job["position"])
        for run, found in places.items():
            for missing in set(range(max(found) + 1)) - found:
                self.note(self.lost, f"position {missing} of run row {run}", "a job's row is missing")
        for session in self.sessions.values():
            attempts[session["job"]].add(session["attempt"])
            if session["job"] not in self.jobs_by_row:
                self.note(self.lost, self.job_of(session), "a job's row is missing")
        for row, job in self.jobs_by_row.items():
            if set(range(1, job["attempts"] + 1)) - attempts[row]:
                self.note(self.lost, job["id"], "an attempt's row is missing")
            done = [s for s in self.attempts[row] if s["state"] == "completed"]
            if len(done) > 1:
                self.note(self.duplicated, job["id"], "succeeded more than once")
        for table, column in (("sessions", "session"), ("jobs", "job"), ("runs", "run")):
            for (row,) in self.db.execute(
                    f"select distinct {column} from events where {column} is not null "
                    f"and {column} not in (select row from {table})"):
                self.note(self.unexpected, f"{column} row {row}", "events of nothing")
        for (row,) in self.db.execute("""select distinct message_id from message_parts where message_id not in
                (select row from message_rows where status = 'processing')"""):
            self.note(self.unexpected, f"message row {row}", "parts of a message that is over")

    def log_text(self, session):
        """The text of turn 0 as the log has it."""
        blocks, is_first = {}, True
        for kind, data in self.db.execute(
                """select t.name, case when e.block is null then e.data
                    else json_object('block', b.key, 'text', b.text) end from events e
                    join event_types t on t.number = e.type left join blocks b on b.row = e.block
                where e.session = ? and t.name in ('text.delta', 'text.reset', 'text.block', 'message.started', 'status')
                order by e.id""", (session,)):
            data = json.loads(data or "{}")
            if kind == "status":
                if "reread_after_version" in data:
                    blocks, is_first = {}, True
            elif kind == "message.started":
                is_first = is_first and not data.get("turn", 0)
            elif not is_first:
                continue
            elif kind == "text.delta":
                blocks[data["block"]] = blocks.get(data["block"], "") + data["text"]
            elif kind == "text.reset":
                blocks[data["block"]] = ""
            else:
                blocks[data["block"]] = data["text"]
        return "".join(blocks.values())

    def compare(self, job, stored, said, what):
        stored, said = bare(stored), bare(said)
        if stored != said:
            which = self.duplicated if len(stored) > len(said) else self.lost
            self.note(which, job, f"{what} ({len(stored)} characters where there should be {len(said)})")

    def check_sessions(self):
        sums = collections.defaultdict(collections.Counter)
        for session, data in self.db.execute(
                "select session, data from events where type = (select number from event_types where name = 'usage')"):
            for part in json.loads(data)["increments"]:
                for name in ("input", "cache_read", "cache_write", "output"):
                    sums[session][name] += part[name]
        for row, session in self.sessions.items():
            job = self.job_of(session)
            ledger = self.db.execute(
                "select sum(input), sum(cache_read), sum(cache_write), sum(output) from usage where session = ?",
                (row,)).fetchone()
            for name, count in zip(("input", "cache_read", "cache_write", "output"), ledger):
                if (count or 0) != sums[row][name]:
                    which = self.lost if (count or 0) < sums[row][name] else self.duplicated
                    self.note(which, job, "usage is not the sum of its events")
            doubled = self.db.execute(
                """select count(*) from (select 1 from events where session = ? and block is not null
                    group by block, type having count(*) > 1)""", (row,)).fetchone()[0]
            if doubled:
                self.note(self.duplicated, job, "a block is in the log twice")
            if session["state"] not in FINAL["session"]:
                continue
            spool = Spool(session["folder"])
            text = self.log_text(row)
            if spool.known:
                self.compare(job, text, spool.text, "text in the log")
                said = sum(sum(n or 0 for n in counts[:4]) for counts in spool.usage.values())
                stored = sum(sums[row].values())
                if stored != said and session["state"] == "completed":
                    self.note(self.lost if stored < said else self.duplicated, job, "usage differs from the spool's")
                is_completed = session["state"] == "completed"
                if is_completed != spool.success and not (spool.success and session["failure_class"] in OURS):
                    self.note(self.wrong, session["id"], f"session is {session['state']}, its spool says otherwise")
            message = self.messages.get(session["message"])
            if message and message["session_id"] == session["id"] and message["status"] != "processing":
                self.compare(job, message["content"], text, "text of the message")

    def check_states(self):
        # Whatever a living coordinator still works on may be unfinished.
        followed = {s["run"] for s in self.sessions.values() if s["owner"] in self.alive}
        followed |= {row for row, run in self.runs.items() if run["owner"] in self.alive}
        for kind, rows in (("run", self.runs), ("job", self.jobs_by_row), ("session", self.sessions)):
            for row, item in rows.items():
                run = row if kind == "run" else item["run"]
                if item["state"] not in FINAL[kind] and run not in followed:
                    self.note(self.wrong, item["id"], f"{kind} is {item['state']} with nobody alive")
        for row, job in self.jobs_by_row.items():
            attempts = self.attempts[row]
            if not attempts or job["state"] not in FINAL["job"]:
                continue
            done = any(s["state"] == "completed" for s in attempts)
            if done != (job["state"] == "completed") and job["failure_class"] not in OURS:
                self.note(self.wrong, job["id"], f"job is {job['state']}, its attempts say otherwise")
            if (self.runs.get(job["run"]) or {}).get("state") in FINAL["run"]:
                if any(s["state"] not in FINAL["session"] for s in attempts):
                    self.note(self.wrong, job["id"], "the run is over, a session is not")
        expected = {"completed": "completed", "failed": "failed", "cancelled": "cancelled", "skipped": "cancelled"}
        by_id = {job["id"]: job for job in self.jobs_by_row.values()}
        for message in self.messages.values():
            job = by_id.get(message["job_id"])
            if message["role"] != "assistant" or message["turn"] or not job or job["message"] != message["id"]:
                if message["status"] == "processing" and not self.alive:
                    self.note(self.wrong, message["id"], "message is processing with nobody alive")
                continue
            state = job["state"]
            if state in expected and message["status"] != expected[state]:
                self.note(self.wrong, message["id"], f"message is {message['status']}, its job {state}")
            elif state not in expected and message["status"] != "processing":
                self.note(self.wrong, message["id"], f"message is {message['status']}, its job {state}")

    def check_effects(self):
        if not self.effects or not os.path.exists(self.effects):
            return
        known = {session["id"]: session for session in self.sessions.values()}
        starts, done = collections.Counter(), {}
        for line in pathlib.Path(self.effects).read_text().splitlines():
            words = line.split()
            if words[0] == "start":
                starts[words[1]] += 1
            elif words[0] == "done":
                done[words[1]] = words[5]
        for name, count in starts.items():
            if name not in known:
                self.note(self.unexpected, name, "a provider ran for a session that the store does not know")
            elif count > 1:
                self.note(self.duplicated, self.job_of(known[name]), "its provider was started twice for one attempt")
        for name, digest in done.items():
            session = known.get(name)
            message = self.messages.get(session["message"]) if session else None
            # A provider that printed somebody else's bytes does not know what they say.
            if digest == "-" or not message or session["state"] != "completed" or message["session_id"] != name:
                continue
            text = message["content"]
            if int(digest, 16) not in (fnv1a(text.encode()), fnv1a((text + "\n").encode())):
                self.note(self.lost, self.job_of(session), "the text is not what the provider wrote")

    def check_orphans(self):
        ours = {}
        for session in getattr(self, "sessions", {}).values():
            ours[session["id"]] = session["state"] in FINAL["session"] or session["owner"] not in self.alive
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    names = [word[14:] for word in file.read().split(b"\0") if word.startswith(b"TUTTI_SESSION=")]
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    is_zombie = not file.read()
            except OSError:
                continue
            for name in names:
                if not is_zombie and ours.get(name.decode(errors="replace")):
                    self.note(self.orphans, f"pid {entry}", f"lives on for session {name.decode()}")

    @property
    def line(self):
        return (f"jobs {self.jobs} lost {len(self.lost)} duplicated {len(self.duplicated)} "
                f"unexpected {len(self.unexpected)} recovered {self.recovered}; integrity {self.integrity}; "
                f"status wrong {len(self.wrong)}; orphans {len(self.orphans)}")

    @property
    def numbers(self):
        return {"lost": len(self.lost), "duplicated": len(self.duplicated), "unexpected": len(self.unexpected),
                "integrity": int(self.integrity != "ok"), "wrong": len(self.wrong), "orphans": len(self.orphans)}

    @property
    def is_sound(self):
        return not any(self.numbers.values())


# Proof of itself ------------------------------------------------------------------------------------------------------

def sql(*statements):
    def plant(path, _):
        db = sqlite3.connect(path)
        for statement in statements:
            if not db.execute(statement).rowcount:
                raise SystemExit(f"self-test: nothing to plant by {statement}")
        db.commit()
        db.close()
    return plant


def flip(path, _):
    """Inverts a byte in the middle of the root page of `events`."""
    db = sqlite3.connect(path)
    page = db.execute("select rootpage from sqlite_master where name = 'events'").fetchone()[0]
    size = db.execute("pragma page_size").fetchone()[0]
    db.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * size + 5)  # The start of the cells: a high byte.
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0x55]))


def orphan(path, processes):
    db = sqlite3.connect(path)
    session = db.execute("select id from sessions where ended_at is not null limit 1").fetchone()[0]
    db.close()
    process = subprocess.Popen(["sleep", "600"], env={**os.environ, "TUTTI_SESSION": session})
    processes.append(process)


DELTA = "(select min(id) from events where type = (select number from event_types where name = 'text.delta'))"
COPY = "insert into events (at, type, run, job, session, block, offset, data) " \
       "select at, type, run, job, session, block, offset, data from events where "
FAULTS = [
    ("a lost event", "lost", sql(f"delete from events where id = {DELTA}")),
    ("a doubled event", "duplicated", sql(COPY + f"id = {DELTA}")),
    ("a lost job", "lost", sql("delete from jobs where row = (select min(row) from jobs)")),
    ("a lost attempt", "lost", sql("delete from sessions where row = (select max(row) from sessions)")),
    ("an attempt that was started twice by success", "duplicated", sql(
        "insert into sessions select (select max(row) + 1 from sessions), id || 'X', job, run, message, module, attempt + 1, "
        "provider, model, provider_session, state, owner, epoch, first_event, dialect_version, host_pid, host_start_time, "
        "boot_id, pid_namespace, provider_pid, ended_by, failure_class, created_at, started_at, first_token_at, ended_at, "
        "'/none', working_directory, exit, failure, structured_output, definition from sessions "
        "where state = 'completed' limit 1")),
    ("a shortened answer", "lost", sql(
        "update message_rows set content = substr(content, 2) where role = 'assistant' and status = 'completed'")),
    ("usage counted twice", "duplicated", sql("update usage set output = output * 2")),
    ("a usage event lost", "duplicated", sql(
        "delete from events where type = (select number from event_types where name = 'usage')")),
    ("a session of the wrong state", "wrong", sql(
        "update sessions set state = 'failed', failure_class = 'crash' where state = 'completed'")),
    ("a failed session called completed", "wrong", sql("update sessions set state = 'completed' where state = 'failed'")),
    ("a job of the wrong state", "wrong", sql("update jobs set state = 'failed' where state = 'completed'")),
    ("a run that never ends", "wrong", sql("update runs set state = 'running', finished_at = null")),
    ("a message of the wrong state", "wrong", sql(
        "update message_rows set status = 'failed' where status = 'completed' and role = 'assistant'")),
    ("parts that nobody folded", "unexpected", sql(
        "insert into message_parts select row, 0, 1, 1, null, 'left' from message_rows where role = 'assistant' limit 1")),
    ("events of nothing", "unexpected", sql("insert into events (at, type, session) values (1, 20, 99999)")),
    ("a text that search does not have", "integrity", sql(
        "drop trigger blocks_search_update", "update blocks set text = 'quite another' where kind = 'text'")),
    ("a flipped byte", "integrity", flip),
    ("a process left behind", "orphans", orphan),
]


def self_test(db, state, effects):
    """Each planted fault must turn its number; the sound store must have none."""
    failures = []
    sound = Audit(db, state, effects).run()
    if not sound.is_sound:
        failures.append(f"the sound store: {sound.line}: {sound.notes}")
    with tempfile.TemporaryDirectory() as folder:
        for name, number, plant in FAULTS:
            path, processes = os.path.join(folder, "planted.db"), []
            for each in ("", "-wal", "-shm"):
                if os.path.exists(path + each):
                    os.remove(path + each)
            source, copy = sqlite3.connect(f"file:{db}?mode=ro", uri=True), sqlite3.connect(path)
            source.backup(copy)
            copy.execute("pragma journal_mode = delete")
            copy.close()
            source.close()
            try:
                plant(path, processes)
                found = Audit(path, state, effects).run()
            finally:
                for process in processes:
                    process.kill()
                    process.wait()
            if not found.numbers[number]:
                failures.append(f"{name}: {number} stayed 0: {found.line}")
        failures += self_test_effects(db, state, effects, folder)
    for failure in failures:
        print(failure)
    print(f"self-test: {len(FAULTS) + 2} planted faults, {len(failures)} failures")
    return not failures


def self_test_effects(db, state, effects, folder):
    """A provider that ran twice, and one that nobody knows."""
    failures = []
    lines = pathlib.Path(effects).read_text() if effects else ""
    started = [line for line in lines.splitlines() if line.startswith("start")]
    for number, more in (("duplicated", started[0] if started else ""), ("unexpected", "start NOBODYKNOWSTHIS0 1 1")):
        path = os.path.join(folder, "effects")
        pathlib.Path(path).write_text(f"{lines}{more}\n" if more else lines)
        if not Audit(db, state, path).run().numbers[number]:
            failures.append(f"effects {more}: {number} stayed 0")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db", required=True)
    parser.add_argument("--state")
    parser.add_argument("--effects")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not os.path.exists(options.db):
        sys.exit(f"there is no store at {options.db}")
    if options.self_test:
        return 0 if self_test(options.db, options.state, options.effects) else 1
    audit = Audit(options.db, options.state, options.effects).run()
    for note in audit.notes:
        print(note, file=sys.stderr)
    print(audit.line)
    return 0 if audit.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
